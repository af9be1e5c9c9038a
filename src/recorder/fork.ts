/** A fork: a recording that goes on from a state of another one, changed by hand. */
import { readFileSync, statSync } from 'node:fs';
import { PAGE_BYTES } from '../base/page.js';
import { SideState } from '../capture/side-state.js';
import type { Session } from '../capture/session.js';
import { inputError } from '../base/errors.js';
import { toolVersion } from '../base/package-root.js';
import { ownIdentity } from '../base/process-identity.js';
import type { Machine } from '../machine/machine.js';
import { REGISTERS } from '../trace/format/registers.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { TraceHeader } from '../trace/write/header.js';
import { sha256 } from '../base/sha256.js';
import type { BiosSetup } from '../guest/bios/bios.js';
import { biosSetup } from '../guest/bios/format.js';
import { guestView } from './guest-view.js';
import { hostMeta } from './host-meta.js';
import { DEFAULT_SNAPSHOT_EVERY, type RecordResult } from './options.js';
import { PlatformDevices } from './platform-devices.js';
import { recordMachine, type RunOptions } from './record-machine.js';

/** Registers that can be set: those of struct kvm_regs. */
export const SETTABLE = new Set([
  ...['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rsp', 'rbp', 'r8', 'r9', 'r10', 'r11', 'r12'],
  ...['r13', 'r14', 'r15', 'rip', 'rflags'],
]);

/** A change made to the state before it is recorded from. */
export type ForkSet =
  | { readonly register: string; readonly value: bigint; readonly text: string }
  | { readonly gpa: number; readonly bytes: Uint8Array; readonly text: string };

/** How a recording goes on from a state of another trace, and what is changed there first. */
export interface ForkOptions extends RunOptions {
  readonly sets: readonly ForkSet[];
  onOutput(bytes: Uint8Array): void;
}

/** Devices as a snapshot of `parent` has them; what the guest prints is kept back until `goLive`. */
export class ForkDevices extends PlatformDevices {
  readonly goLive: () => void;

  constructor(
    parent: TraceFile,
    replayed: {
      readonly machine: Machine;
      readonly saved: Uint8Array;
      readonly onOutput: (bytes: Uint8Array) => void;
    },
  ) {
    const { machine, saved, onOutput } = replayed;
    let live = false;
    super({
      machine: parent.meta.get('machine') === 'none' ? 'none' : 'pc',
      portInput: parent.snapshots.portInput(),
      clock: parent.meta.get('clock') === 'exits' ? 'exits' : 'steps',
      memorySize: Number(parent.meta.get('memory') ?? 0),
      ram: parent.memory.slots.filter(({ purpose }) => purpose === 'ram'),
      firmware: parent.meta.get('guest_format') === 'efi' ? 'saved' : undefined,
      bios: parent.meta.get('guest_format') === 'boot' ? biosOf(parent) : undefined,
      onOutput: (bytes) => {
        if (live) onOutput(bytes);
      },
    });
    this.goLive = () => {
      this.flushOutput();
      live = true;
    };
    this.attach(guestView(machine));
    this.restore(saved);
    // Of a ring: the devices' time counts the steps that are not in the trace, too.
    this.renumber(Number(parent.meta.get('steps_dropped') ?? 0));
  }
}

/** The BIOS of a boot sector: its disk is the guest's file, which has to be there as it was. */
function biosOf(parent: TraceFile): BiosSetup {
  const path = String(parent.meta.get('guest'));
  const bytes =
    statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path) : undefined;
  if (bytes === undefined || sha256(bytes) !== parent.meta.get('guest_sha256')) {
    throw inputError(
      `${path} is not the disk that ${parent.path} was recorded with: put that one there to fork it.`,
    );
  }
  return biosSetup(bytes, Number(parent.meta.get('memory') ?? 0));
}

/** A replay that has reached state `state` of `parent`. */
export interface ForkPoint {
  readonly parent: TraceFile;
  readonly state: number;
  /** Of the replay: its capture knows the pages that changed since the last snapshot. */
  readonly session: Session;
  readonly devices: ForkDevices;
}

/** Records from the state that the replay has reached; the devices run on by themselves. */
export async function recordFork(point: ForkPoint, options: ForkOptions): Promise<RecordResult> {
  const { parent, state, session, devices } = point;
  const { machine } = session;
  checkGoesOn(point);
  const touched = options.sets.flatMap((set) => apply(machine, set));
  const side = new SideState(
    machine.vcpu.registers,
    session.side.msrIndices,
    parent.meta.get('fpu') !== 0n,
  );
  devices.goLive();
  devices.renumber(state);
  const header = forkHeader(point, side, options);
  const recorded = { machine, side, devices, header };
  return await recordMachine(recorded, options, ({ changed }) => {
    const mark = (page: number): void => {
      const gpa = page * PAGE_BYTES;
      const index = machine.slots.findIndex((s) => gpa >= s.gpa && gpa < s.gpa + s.size);
      if (index >= 0) changed[index]![(gpa - machine.slots[index]!.gpa) / PAGE_BYTES] = 1;
    };
    for (const { page } of parent.snapshots.pages(state)) mark(page);
    for (const page of touched) mark(page);
    session.capture.memory.changed.forEach((pages, index) => {
      pages.forEach((isChanged, page) => {
        if (isChanged !== 0) changed[index]![page] = 1;
      });
    });
  });
}

/** After HLT the guest goes on only where a device will interrupt it. */
function checkGoesOn({ parent, state, session, devices }: ForkPoint): void {
  const [last] = state === 0 ? [] : parent.instructions.steps(state - 1, state);
  if (last?.instruction.text !== 'hlt') return;
  const [woken] = parent.events.interruptions(state, state + 1);
  if (woken !== undefined || devices.wake(session.machine.vcpu, state)) return;
  throw inputError(
    `In state ${state} of ${parent.path} the guest has halted with nothing to wake it: fork it before.`,
  );
}

/** Makes the change and returns the numbers of the pages that it touched. */
function apply(machine: Machine, set: ForkSet): number[] {
  if ('register' in set) {
    const regs = machine.vcpu.registers.getRegs();
    regs.assign({ [set.register]: BigInt.asUintN(64, set.value) });
    machine.vcpu.registers.setRegs(regs);
    return [];
  }
  const { gpa, bytes, text } = set;
  const isRam = machine.slots.some((s) => gpa >= s.gpa && gpa + bytes.length <= s.gpa + s.size);
  if (!isRam) throw inputError(`--set ${text}: the guest has no memory there.`);
  machine.load(gpa, bytes);
  const first = Math.floor(gpa / PAGE_BYTES);
  const last = Math.floor((gpa + bytes.length - 1) / PAGE_BYTES);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Keys of `meta` that tell of the guest and its machine: those of a fork are its parent's. */
export const GUEST_META = [
  'guest',
  'guest_sha256',
  'guest_format',
  'mode',
  'memory',
  'machine',
  'entry',
  'load',
  'fpu',
  'segments',
  'clock',
];

/** What the trace has of those keys of `meta`. */
export function metaOf(trace: TraceFile, keys: readonly string[]): TraceHeader['meta'] {
  const known = keys.flatMap((key) => {
    const value = trace.meta.get(key);
    if (value === undefined || value === null) return [];
    return [[key, value] as const];
  });
  return Object.fromEntries(known);
}

function forkHeader(
  { parent, state, session: { machine } }: ForkPoint,
  side: SideState,
  options: ForkOptions,
): TraceHeader {
  return {
    path: options.output,
    meta: {
      ...metaOf(parent, GUEST_META),
      tool_version: toolVersion,
      ...hostMeta(machine.host),
      recorder: ownIdentity(),
      dirty_mode: machine.dirtyMode,
      snapshot_every: options.snapshotEvery ?? DEFAULT_SNAPSHOT_EVERY,
      parent: parent.path,
      parent_step: state,
      steps_before: state + Number(parent.meta.get('steps_before') ?? 0),
      parent_sets: options.sets.map(({ text }) => text).join('; '),
    },
    slots: parent.memory.slots,
    symbols: parent.symbols.symbols,
    sourceLines: parent.sourceLines.all(),
    registers: [...REGISTERS, ...side.registers],
    portInput: parent.snapshots.portInput(),
    cpuid: parent.snapshots.cpuid(),
  };
}
