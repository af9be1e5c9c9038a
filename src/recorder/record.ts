/** `kvmtrace record`: guest image in, trace out. */
import type { MemoryDelta } from '../capture/memory-delta.js';
import { inputError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import { SideState } from '../capture/side-state.js';
import { loadGuest, type LoadedGuest } from '../guest/formats/load.js';
import { createMachine, markLoaded } from './boot-machine.js';
import { guestMsrs } from '../doctor/guest-msrs.js';
import { guestView } from './guest-view.js';
import { checkOutput, readInput } from './files.js';
import type { RecordOptions, RecordResult } from './options.js';
import { PlatformDevices } from './platform-devices.js';
import { recordMachine } from './record-machine.js';
import { approach, isForSteps, type Arrival } from './approach.js';
import { recordFast } from './fast/record-fast.js';
import { linkedSegments, traceHeader } from './header.js';
import { parseTrigger, type Trigger } from './trigger.js';

export type { RecordOptions, RecordResult } from './options.js';

/**
 * Records a guest until it stops, a limit is reached or `signal` is aborted.
 *
 * @throws KvmtraceError before anything is recorded; no file is left then, and none that was there
 * is lost
 */
export async function recordGuest(options: RecordOptions): Promise<RecordResult> {
  const guest = loadGuest(options.guest, options);
  const input = options.portInput === undefined ? new Uint8Array() : readInput(options.portInput);
  checkOutput(options);
  const { startAt, stopAt } = triggers(guest, options);
  const clock = options.fast === true ? 'exits' : options.clock;
  const host = typeof options.host === 'function' ? await options.host() : options.host;
  const isUnstepped = options.fast === true || (startAt !== undefined && !isForSteps(startAt));
  if (isUnstepped && options.dirty === 'ring') {
    throw inputError(
      `${option('dirty', 'ring')} cannot follow a guest that runs unstepped: leave it out, or give ${option('dirty', 'log')}.`,
    );
  }
  // KVM's emulator tells the ring of each write, and a guest that runs on never gets past a full one (PVM, seen).
  const dirty = isUnstepped && options.dirty === 'auto' ? 'log' : options.dirty;
  using machine = createMachine(guest, { dirty }, host);
  const devices = new PlatformDevices({
    machine: options.machine,
    portInput: input,
    memorySize: guest.layout.memorySize,
    ram: guest.layout.slots.filter(({ kind }) => kind === 'ram'),
    firmware: guest.image.firmware,
    bios: guest.image.bios,
    clock: startAt !== undefined && !isForSteps(startAt) ? 'exits' : clock,
    onOutput: (bytes) => {
      options.onOutput(bytes);
    },
  });
  devices.attach(guestView(machine));
  const msrIndices = guestMsrs(machine.kvm);
  const newSide = (): SideState => new SideState(machine.vcpu.registers, msrIndices, options.fpu);
  let side = newSide();
  let arrival: Arrival | undefined;
  if (startAt !== undefined) {
    const { signal } = options;
    arrival = await approach({ machine, side, devices, signal }, startAt);
    side = newSide();
    if (clock !== 'exits') devices.countSteps();
  }
  const traced = traceHeader(guest, machine, side, options);
  const meta = { ...traced.meta, ...startMeta({ ...options, clock }, arrival) };
  const header = { ...traced, meta, portInput: input };
  const recorded = { machine, side, devices, header };
  const markPages = (memory: MemoryDelta): void => {
    markLoaded(guest, memory, machine);
    arrival?.changed.forEach((pages, slot) => {
      memory.changed[slot]!.forEach((isChanged, page, all) => {
        all[page] = isChanged | pages[page]!;
      });
    });
  };
  const running = { ...options, until: stopAt };
  const result =
    options.fast === true
      ? await recordFast(recorded, running, ({ capture }) => {
          markPages(capture.memory);
        })
      : await recordMachine(recorded, running, markPages);
  return { ...result, symbolsLost: guest.image.symbolsLost };
}

/** The places of `--start-at` and `--stop-at`. */
function triggers(
  { image }: LoadedGuest,
  { startAt, stopAt }: RecordOptions,
): { startAt: Trigger | undefined; stopAt: Trigger | undefined } {
  const names = { symbols: image.symbols, ...linkedSegments(image.segments) };
  const parse = (text: string | undefined, name: string): Trigger | undefined =>
    text === undefined ? undefined : parseTrigger(text, option(name), names);
  return { startAt: parse(startAt, 'start-at'), stopAt: parse(stopAt, 'stop-at') };
}

/** What a trace says of a beginning that is not the guest's, and of its devices' clock. */
function startMeta(
  { clock, startAt }: RecordOptions,
  arrival: Arrival | undefined,
): Record<string, string | number> {
  return {
    ...(clock === 'exits' ? { clock } : {}),
    ...(arrival === undefined ? {} : { start_at: startAt!, exits_before: arrival.accesses }),
    ...(arrival?.steps === undefined ? {} : { steps_before: arrival.steps }),
  };
}
