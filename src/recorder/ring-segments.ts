import { RegisterDelta } from '../capture/register-delta.js';
import { SideState } from '../capture/side-state.js';
import type { Session } from '../capture/session.js';
import type { PlatformDevices } from './platform-devices.js';
import type { RingRecording } from './ring.js';
import { sendSnapshot } from './snapshot.js';

/** The machine whose last steps are kept. */
export interface RingMachine {
  readonly session: Session;
  readonly devices: PlatformDevices;
  /** Whether x87, SSE and AVX registers are recorded. */
  readonly fpu: boolean;
}

/** Sends the states in which the segments of a ring begin: any of them may be the first that is kept. */
export class RingSegments {
  readonly #parts: RingMachine;
  readonly #ring: RingRecording;
  /** Pages that have ever changed, or were loaded: per slot, a byte a page. */
  readonly #ever: readonly Uint8Array[];

  constructor(parts: RingMachine, ring: RingRecording) {
    this.#parts = parts;
    this.#ring = ring;
    this.#ever = parts.session.capture.memory.changed.map((pages) => new Uint8Array(pages.length));
  }

  /** The state before step `step`: registers, devices, and memory. */
  begin(step: number): void {
    const { session, devices, fpu } = this.#parts;
    const { stepper, machine, side } = session;
    const { changed } = session.capture.memory;
    const { stream } = this.#ring;
    changed.forEach((pages, slot) => {
      const ever = this.#ever[slot]!;
      for (let page = pages.indexOf(1); page >= 0; page = pages.indexOf(1, page + 1))
        ever[page] = 1;
    });
    const saved = devices.save();
    this.#ring.begin(
      step,
      () => {
        sendSnapshot(stream, session, saved, false);
      },
      () => {
        new RegisterDelta(stepper.words, stepper.before).sendAll(stream);
        new SideState(machine.vcpu.registers, side.msrIndices, fpu).sendAll(stream);
        const ever = this.#ever.map((pages) => pages.slice());
        sendSnapshot(stream, session, saved, true, ever);
      },
    );
  }
}
