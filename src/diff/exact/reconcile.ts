/** What a step leaves different, and what it makes equal again. */
import { REGISTER_RFLAGS } from '../../trace/format/registers.js';
import type { Differing } from '../dataflow/differing.js';
import type { Uses } from '../dataflow/uses.js';
import type { Effects } from './effects.js';
import type { RegisterPair } from './register-pair.js';
import type { DifferingBytes, WrittenMemory } from './written-memory.js';

/** What a step wrote and differs now. */
export interface Found {
  /** Ids in a, rflags left out. */
  readonly registers: readonly number[];
  /** Bits of rflags. */
  readonly flags: number;
  /** Those that the manual leaves undefined, if they are not to count. */
  readonly undefinedFlags: number;
  readonly memory: readonly DifferingBytes[];
}

/** What it takes to bring the differences up to date after a step. */
export interface StepReconciliation {
  readonly registers: RegisterPair;
  readonly differing: Differing;
  /** Of the instruction. */
  readonly uses: Uses;
  readonly ignoreUndefined: boolean;
  readonly written: WrittenMemory;
}

/** Forgets what has become equal, and collects what differs. */
export function reconcile(a: Effects, b: Effects, settling: StepReconciliation): Found {
  const { registers, differing, uses, ignoreUndefined, written } = settling;
  const found: number[] = [];
  const look = (id: number): void => {
    if (id === REGISTER_RFLAGS || !registers.isCompared(id)) return;
    if (!registers.differs(id)) differing.registers.delete(id);
    else if (!found.includes(id)) found.push(id);
  };
  for (let i = 0; i < a.registers.length; i += 3) look(a.registers[i]!);
  for (let i = 0; i < b.registers.length; i += 3) {
    const id = registers.idInA(b.registers[i]!);
    if (id !== undefined) look(id);
  }
  const flagsWritten = writesFlags(a) || writesFlags(b);
  const flags = flagsWritten ? reconcileFlags(registers.flagsDiffering(), differing, uses) : 0;
  const undefinedFlags = ignoreUndefined ? flags & uses.flagsUndefined : 0;
  for (const { gpa, length } of written.equal) {
    for (let i = 0; i < length; i++) differing.memory.delete(gpa + i);
  }
  return {
    registers: found,
    flags: flags & ~undefinedFlags,
    undefinedFlags,
    memory: written.differing,
  };
}

function writesFlags({ registers }: Effects): boolean {
  for (let i = 0; i < registers.length; i += 3) if (registers[i] === REGISTER_RFLAGS) return true;
  return false;
}

/** The flags that differ and that the instruction set. */
function reconcileFlags(differ: number, { flags }: Differing, { flagsModified }: Uses): number {
  let found = differ;
  for (const bit of flags.keys()) {
    if ((differ & (1 << bit)) === 0) flags.delete(bit);
    // Not set by this instruction: it differs as it did.
    else if ((flagsModified & (1 << bit)) === 0) found &= ~(1 << bit);
  }
  return found;
}
