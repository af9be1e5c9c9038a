/**
 * Gates turned aside for the length of one delivery: each leads to a trampoline, an address where nothing
 * ever runs and where a breakpoint stops the vCPU. A breakpoint at the handler itself would not do.
 * Where two vectors share a handler it cannot tell them apart, and where the vCPU stands at the
 * handler already (its first instruction faults in its turn) it fires before anything has happened.
 */
import { wide, lowWord, highWord } from '../base/halves.js';
import { EXIT } from '../kvm/abi/exit-reason.js';
import { handlerAddress, setGatePresent, turnGate, type Gate } from './gates.js';
import { IDT, isLong, isProtected, linearRip, RIP } from '../machine/register-words.js';
import type { TaskGate } from './task-gates.js';
import type { VcpuControl } from './vcpu-control.js';

/** Task gates that a delivery may go through. */
export interface WatchedTasks {
  /** A task switch needs no trampoline: it stops at the new task's first instruction. */
  readonly tasks?: readonly TaskGate[];
  /** Gates that are made not present meanwhile, so that none of them is the one. */
  readonly closed?: readonly TaskGate[];
}

/** Addresses that gates are turned to, and back, for one delivery. */
export class Trampolines {
  /** Linear addresses, one per group, and those of tasks behind them. */
  readonly addresses: readonly bigint[];
  readonly #control: VcpuControl;
  readonly #groups: readonly (readonly Gate[])[];
  readonly #tasks: readonly TaskGate[];
  readonly #closed: readonly TaskGate[];

  /** @param groups up to `control.maxBreakpoints`, none empty; the gates of a group have the same base */
  constructor(
    control: VcpuControl,
    groups: readonly (readonly Gate[])[],
    { tasks = [], closed = [] }: WatchedTasks = {},
  ) {
    this.#control = control;
    this.#groups = groups;
    this.#tasks = tasks;
    this.#closed = closed;
    control.showIdt();
    const ofTasks = new Set(tasks.map(({ task }) => task));
    const taken = new Set([linearRip(control.words), ...ofTasks]);
    const all = groups.flat();
    const ofGroups = groups.map((gates) => {
      const [gate] = gates as readonly [Gate];
      const address = control.stepsByTrapFlag
        ? mappedAddress(gate, all, taken, control)
        : freeAddress(gate, taken, control.words);
      taken.add(address);
      return address;
    });
    this.addresses = [...ofGroups, ...ofTasks];
    groups.forEach((gates, i) => {
      for (const gate of gates) this.#turn(gate, ofGroups[i]! - gate.base);
    });
    this.#setClosedPresent(false);
  }

  /** The gates at whose trampoline a debug exit has just stopped the vCPU. */
  get reached(): readonly Gate[] | undefined {
    // An instruction that is about to be stepped can go to the same address: that is no breakpoint.
    return this.#control.hitBreakpoint ? this.steppedTo : undefined;
  }

  /** The same where the instruction itself goes through a gate: INT n of real mode just steps. */
  get steppedTo(): readonly Gate[] | undefined {
    if (this.#control.exitReason !== EXIT.KVM_EXIT_DEBUG) return undefined;
    return this.#groups[this.addresses.indexOf(linearRip(this.#control.words))];
  }

  /** The gates of the task at whose first instruction the vCPU has stopped. */
  get reachedTasks(): readonly TaskGate[] | undefined {
    const { exitReason, hitBreakpoint } = this.#control;
    if (exitReason !== EXIT.KVM_EXIT_DEBUG || !hitBreakpoint) return undefined;
    const at = linearRip(this.#control.words);
    const reached = this.#tasks.filter(({ task }) => task === at);
    return reached.length === 0 ? undefined : reached;
  }

  /** Puts the gates back as they were. */
  restore(): void {
    for (const gate of this.#groups.flat()) this.#turn(gate, gate.offset);
    this.#setClosedPresent(true);
  }

  #setClosedPresent(present: boolean): void {
    const { words, memory } = this.#control;
    for (const { vector } of this.#closed) setGatePresent(vector, present, words, memory);
  }

  #turn(gate: Gate, offset: bigint): void {
    const { words, memory } = this.#control;
    turnGate(gate, BigInt.asUintN(isLong(words) ? 64 : 32, offset), words, memory);
  }
}

/** Makes the vCPU stand at the handler of a gate, whose trampoline it has reached. */
export function enterHandler(control: VcpuControl, gate: Gate): void {
  control.words[RIP] = lowWord(gate.offset);
  control.words[RIP + 1] = highWord(gate.offset);
  control.writeBack();
}

/** Bytes of a handler that may be taken for trampolines. */
const HANDLER_BYTES = 64;
/** More than the instruction that is stepped can have. */
const CODE_BYTES = 16n;
const REAL_TABLE_LIMIT = 0x3ff;

/**
 * Where a HLT can be put: at the gate's own handler, or beside where another has that, or else at
 * another gate's; not where the instruction lies that is stepped, nor in the table of the gates, where
 * vectors that nobody has set lead in real mode.
 */
function mappedAddress(
  gate: Gate,
  all: readonly Gate[],
  taken: ReadonlySet<bigint>,
  { words, memory }: VcpuControl,
): bigint {
  const rip = linearRip(words);
  const table = wide(words[IDT]!, words[IDT + 1]!);
  const tableEnd = table + BigInt(isProtected(words) ? words[IDT + 2]! & 0xffff : REAL_TABLE_LIMIT);
  for (const { offset, base } of [gate, ...all]) {
    if (base !== gate.base) continue;
    for (let i = 0n; i < HANDLER_BYTES; i++) {
      const address = handlerAddress({ ...gate, offset: offset + i }, words);
      const isCode = address >= rip && address < rip + CODE_BYTES;
      const isGate = address >= table && address <= tableEnd;
      if (taken.has(address) || isCode || isGate) continue;
      if (memory.locate(lowWord(address), highWord(address))) return address;
    }
  }
  return freeAddress(gate, taken, words);
}

/** Small offsets: within any code segment's limit, and canonical. */
function freeAddress(gate: Gate, taken: ReadonlySet<bigint>, words: Int32Array): bigint {
  for (let offset = 1n; ; offset++) {
    const address = handlerAddress({ ...gate, offset }, words);
    if (!taken.has(address)) return address;
  }
}
