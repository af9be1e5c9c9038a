/**
 * The recording loop: steps the guest and sends what each step changed into the event stream.
 */
import { wide } from '../base/halves.js';
import { hex } from '../base/number-text.js';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Session } from '../capture/session.js';
import { Outcome, type RetiredStep } from '../stepper/step.js';
import { RIP } from '../machine/register-words.js';
import type { Code } from '../stepper/code-cache.js';
import type { Stop } from '../machine/stop.js';
import type { GuestDevices } from './guest-devices.js';
import type { StepStream } from './null-stream.js';
import type { TriggerWatch } from './trigger-watch.js';

/** The event loop is looked at this often, for signals: after so many steps, or where KVM is slow sooner. */
const SLICE_STEPS = 4096;
const SLICE_MS = 100;
/** Steps between two looks at the clock. */
const CLOCK_STEPS = 128;
/** A batch is handed over at least this often, so that a killed recorder loses at most that. */
const FLUSH_MS = 250;
/** `jmp $` with no interrupt that could end it, repeated this often, is the end of the guest. */
const SPIN_STEPS = 1_000_000;
/** Handlers whose first instruction raises an exception in its turn, this deep, never end. */
const MAX_NESTED_DELIVERIES = 256;

/** What the recording loop works with. */
export interface RecorderParts {
  readonly session: Session;
  readonly stream: StepStream;
  readonly devices: GuestDevices;
  /** Takes a snapshot of the state before step `step`, into the stream. */
  readonly snapshot: (step: number) => void;
}

/** When the recording loop ends, and how often it takes snapshots, in steps. */
export interface RecorderLimits {
  readonly maxSteps: number;
  readonly snapshotEvery: number;
  /** Where to end before that, and what to say then. */
  readonly stopAt?: { readonly text: string; readonly watch: TriggerWatch } | undefined;
}

/** Steps the guest until it stops, and sends every step to the trace. */
export class Recorder {
  /** Instructions retired so far. */
  steps = 0;
  readonly #parts: RecorderParts;
  readonly #limits: RecorderLimits;
  #spinning = 0;
  /** Exceptions and interrupts since the last instruction that retired. */
  #deliveries = 0;

  constructor(parts: RecorderParts, limits: RecorderLimits) {
    this.#parts = parts;
    this.#limits = limits;
  }

  /**
   * Records until the guest stops, a limit is reached, or `signal` is aborted.
   *
   * @param onTurn called some 25 times a second, for progress
   */
  async run(signal: AbortSignal | undefined, onTurn: () => void): Promise<Stop> {
    let flushed = performance.now();
    for (;;) {
      const stop = this.#slice();
      if (stop !== undefined) return stop;
      const now = performance.now();
      if (now - flushed >= FLUSH_MS) {
        this.#parts.stream.flush();
        flushed = now;
      }
      if (this.#parts.stream.failed)
        return { reason: 'disk-full', detail: 'the trace cannot be written' };
      onTurn();
      // Lets signals and the writer's messages in.
      await nextTurn();
      if (signal?.aborted === true) {
        return { reason: 'interrupted', detail: 'the recording was interrupted' };
      }
    }
  }

  #slice(): Stop | undefined {
    const { session, devices, stream } = this.#parts;
    const { stepper, capture } = session;
    const end = performance.now() + SLICE_MS;
    for (let i = 0; i < SLICE_STEPS; i++) {
      if (i % CLOCK_STEPS === 0 && i > 0 && performance.now() > end) return undefined;
      if (this.steps >= this.#limits.maxSteps) {
        return {
          reason: 'max-steps',
          detail: `the limit of ${this.#limits.maxSteps} steps was reached`,
        };
      }
      const { stopAt } = this.#limits;
      if (stopAt?.watch.isReached(stepper, this.steps) === true) {
        return { reason: 'trigger', detail: `${stopAt.text} was reached` };
      }
      const vector = devices.interruptFor(stepper, this.steps);
      const burst = vector === undefined ? this.#burst(SLICE_STEPS - i) : 0;
      if (burst > 0) {
        if (performance.now() > end) return undefined;
        i += burst - 1;
        continue;
      }
      const step = vector === undefined ? stepper.step() : stepper.interrupt(vector);
      switch (step.outcome) {
        case Outcome.retired: {
          const { code } = step;
          this.#retired(step);
          const stop = devices.stop ?? this.#halted(code) ?? this.#spins(code);
          if (stop !== undefined) return stop;
          break;
        }
        case Outcome.delivered:
          stopAt?.watch.happened(step, stepper);
          stream.hold();
          capture.delivered(stream, step);
          stream.stepDone();
          if (++this.#deliveries > MAX_NESTED_DELIVERIES) return this.#endlessly();
          break;
        case Outcome.interrupted:
          return undefined;
        case Outcome.stopped:
          return step.stop;
      }
    }
    return undefined;
  }

  #retired(step: RetiredStep): void {
    const { session, stream } = this.#parts;
    this.#limits.stopAt?.watch.happened(step, session.stepper);
    session.capture.retired(stream, step, step.code.id);
    this.steps++;
    this.#deliveries = 0;
    stream.stepDone();
    this.#snapshotWhereDue();
  }

  #snapshotWhereDue(): void {
    const { stream, snapshot } = this.#parts;
    if (this.steps % this.#limits.snapshotEvery !== 0) return;
    stream.hold();
    snapshot(this.steps);
    stream.stepDone();
  }

  /** Makes up to `room` plain steps at once. Returns how many. */
  #burst(room: number): number {
    const { session, stream } = this.#parts;
    const { stepper, capture } = session;
    const { bursts } = stepper;
    // A trigger wants to see every step.
    if (bursts === undefined || this.#limits.stopAt !== undefined) return 0;
    const count = stepper.burst(this.#quietSteps(room));
    if (count === 0) return 0;
    stream.steps(bursts.events);
    capture.burst(bursts);
    this.steps += count;
    // No step of a burst jumps to itself.
    this.#spinning = 0;
    this.#deliveries = 0;
    this.#snapshotWhereDue();
    return count;
  }

  /** Steps that nobody has to look at between. */
  #quietSteps(room: number): number {
    const { devices, session } = this.#parts;
    const { maxSteps, snapshotEvery } = this.#limits;
    return Math.min(
      room,
      maxSteps - this.steps,
      snapshotEvery - (this.steps % snapshotEvery),
      devices.quietSteps(session.stepper, this.steps),
    );
  }

  /** After HLT: the end, unless a device will interrupt it. */
  #halted(code: Code): Stop | undefined {
    if (!code.class.halts) return undefined;
    const { devices, session } = this.#parts;
    if (devices.wake(session.stepper, this.steps)) return undefined;
    const at = hex(wide(code.ripLow, code.ripHigh));
    return { reason: 'hlt', detail: `the guest halted at ${at} with nothing to wake it` };
  }

  #endlessly(): Stop {
    const { words } = this.#parts.session.stepper;
    const at = hex(wide(words[RIP]!, words[RIP + 1]!));
    return {
      reason: 'livelock',
      detail: `the handler at ${at} raises an exception with its first instruction, again and again`,
    };
  }

  /** A jump to itself that nothing can end. */
  #spins(code: Code): Stop | undefined {
    const { session, devices } = this.#parts;
    const { stepper } = session;
    if (stepper.words[RIP] !== code.ripLow || stepper.words[RIP + 1] !== code.ripHigh) {
      this.#spinning = 0;
      return undefined;
    }
    if (++this.#spinning < SPIN_STEPS || devices.canInterrupt(stepper)) return undefined;
    const at = hex(wide(code.ripLow, code.ripHigh));
    return {
      reason: 'livelock',
      detail: `the guest jumps to itself at ${at} with nothing to interrupt it`,
    };
  }
}
