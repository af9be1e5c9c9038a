/**
 * Where rip may stand after an instruction that did not raise an exception. The stepping loop
 * compares: anything else means that an exception was delivered on the way (kvm-stepping rule 5).
 */
import { EFER_LMA, MSR_STAR, MSR_LSTAR, MSR_CSTAR } from '../x86/control-bits.js';
import { wide, lowWord, highWord } from '../base/halves.js';
import { Flow, type InstructionClass } from '../x86/instruction-class.js';
import { LinearAddress } from '../x86/linear-address.js';
import type { MemoryOperand } from '../x86/operand.js';
import type { Code } from './code-cache.js';
import { farTarget, gateTask, previousTask, type FarTarget } from './far-target.js';
import { gateEntry } from './gates.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import {
  EFER,
  isLong,
  isProtected,
  modeOf,
  RFLAGS,
  RFLAGS_NT,
  RSP,
  SEGMENT_WORDS,
  SREGS,
  SS,
  WordRegisters,
} from '../machine/register-words.js';

/** STAR, LSTAR, CSTAR: where SYSCALL goes (SDM vol. 3, 5.8.8). */

/** Up to two places; `any` where nothing can be said. Reused from step to step. */
export class ExpectedRip {
  any = false;
  /** Where the first instruction of another task lies: the instruction switches to it. */
  task: bigint | undefined;
  count = 0;
  readonly low = new Int32Array(2);
  readonly high = new Int32Array(2);

  clear(): void {
    this.any = false;
    this.task = undefined;
    this.count = 0;
  }

  add(low: number, high: number): void {
    this.low[this.count] = low;
    this.high[this.count] = high;
    this.count++;
  }

  /** A call gate or another task, where one is what the instruction names. */
  addFar(target: FarTarget | undefined): boolean {
    if (target === undefined) return false;
    this.addWide(target.rip);
    if (target.kind === 'task') this.task = target.linear;
    return true;
  }

  addWide(value: bigint): void {
    this.add(lowWord(value), highWord(value));
  }

  matches(low: number, high: number): boolean {
    if (this.any) return true;
    for (let i = 0; i < this.count; i++) {
      if (this.low[i] === low && this.high[i] === high) return true;
    }
    return false;
  }
}

/** What the expectation of branches through memory, stack and MSRs is computed from. */
export interface MachineView {
  /** Registers before the instruction. */
  readonly words: Int32Array;
  readonly memory: LinearMemory;
  msr(index: number): bigint;
}

/** Fills `expected` for an instruction that is about to run. */
export function expectRip(code: Code, machine: MachineView, expected: ExpectedRip): void {
  expected.clear();
  const { flow, conditional } = code.class;
  switch (flow) {
    case Flow.next:
      expected.add(code.nextLow, code.nextHigh);
      return;
    case Flow.direct:
      expected.add(code.targetLow, code.targetHigh);
      if (conditional) expected.add(code.nextLow, code.nextHigh);
      return;
    case Flow.farDirect:
      if (expected.addFar(throughDescriptor(code.class.selector, machine))) return;
      expected.add(code.targetLow, code.targetHigh);
      return;
    case Flow.undefined:
      return;
    case Flow.register:
    case Flow.memory:
    case Flow.farMemory:
    case Flow.returnNear:
    case Flow.returnFar:
    case Flow.interruptReturn:
    case Flow.systemCall:
    case Flow.systemReturn: {
      if (expected.addFar(indirectFar(code.class, machine))) return;
      const target = indirectTarget(code.class, machine);
      if (target !== undefined) expected.addWide(target);
      return;
    }
    case Flow.softwareInterrupt:
      if (conditional) expected.add(code.nextLow, code.nextHigh);
      expected.addFar(interruptTask(code.class.vector, machine));
      return;
    case Flow.unknown:
      expected.any = true;
      return;
  }
}

/** The target of a branch through a register, memory or the stack; undefined where it cannot be read. */
export function indirectTarget(branch: InstructionClass, machine: MachineView): bigint | undefined {
  const { words, memory } = machine;
  switch (branch.flow) {
    case Flow.register:
    case Flow.systemReturn: {
      const i = branch.branchRegister * 2;
      return BigInt.asUintN(branch.branchSize * 8, wide(words[i]!, words[i + 1]!));
    }
    case Flow.memory:
    case Flow.farMemory: {
      if (branch.branchOperand === undefined) return undefined;
      return readCut(memory, linearAddress(branch.branchOperand, words), branch.branchSize);
    }
    case Flow.returnNear:
    case Flow.returnFar:
    case Flow.interruptReturn:
      return readCut(memory, stackTop(words), branch.branchSize);
    case Flow.systemCall:
      return systemCallTarget(branch, machine);
    default:
      return undefined;
  }
}

/** Only protected mode has descriptors that lead elsewhere. */
function throughDescriptor(
  selector: number,
  { words, memory }: MachineView,
): FarTarget | undefined {
  return isProtected(words) ? farTarget(selector, words, memory) : undefined;
}

/** The same of a transfer through memory, and of IRET out of a nested task. */
function indirectFar(branch: InstructionClass, machine: MachineView): FarTarget | undefined {
  const { words, memory } = machine;
  if (branch.flow === Flow.interruptReturn) {
    const isNested = (words[RFLAGS]! & RFLAGS_NT) !== 0 && isProtected(words) && !isLong(words);
    return isNested ? previousTask(words, memory) : undefined;
  }
  if (branch.flow !== Flow.farMemory || branch.branchOperand === undefined) return undefined;
  const at = linearAddress(branch.branchOperand, words) + BigInt(branch.branchSize);
  const selector = memory.readNumber(at, 2);
  return selector === undefined
    ? undefined
    : throughDescriptor(Number(selector & 0xffffn), machine);
}

function interruptTask(vector: number, { words, memory }: MachineView): FarTarget | undefined {
  return isProtected(words) ? gateTask(gateEntry(vector, words, memory), words, memory) : undefined;
}

function systemCallTarget(branch: InstructionClass, machine: MachineView): bigint {
  if (branch.branchMsr !== 0) {
    const target = machine.msr(branch.branchMsr);
    return isLong(machine.words) ? target : BigInt.asUintN(32, target);
  }
  if ((machine.words[EFER]! & EFER_LMA) === 0) return machine.msr(MSR_STAR) & 0xffffffffn;
  return machine.msr(branch.mode === 64 ? MSR_LSTAR : MSR_CSTAR);
}

function readCut(memory: LinearMemory, address: bigint, size: number): bigint | undefined {
  const value = memory.readNumber(address, size);
  return value === undefined ? undefined : BigInt.asUintN(size * 8, value);
}

/** ss:rsp as a linear address, with the stack's address size. */
export function stackTop(words: Int32Array): bigint {
  return wrap(stackPointer(words) + segmentBase(5, words), words);
}

function stackPointer(words: Int32Array): bigint {
  const rsp = wide(words[RSP]!, words[RSP + 1]!);
  if (isLong(words) && words[SREGS + 4]! >>> 24 !== 0) return rsp;
  return BigInt.asUintN((words[SS + 4]! & 0x100) !== 0 ? 32 : 16, rsp);
}

function segmentBase(segment: number, words: Int32Array): bigint {
  const at = SREGS + segment * SEGMENT_WORDS;
  const code64 = isLong(words) && words[SREGS + 4]! >>> 24 !== 0;
  // In 64-bit mode only fs and gs have a base (SDM vol. 3, 3.2.4).
  if (code64 && segment !== 3 && segment !== 4) return 0n;
  return wide(words[at]!, words[at + 1]!);
}

function wrap(address: bigint, words: Int32Array): bigint {
  return BigInt.asUintN(isLong(words) && words[SREGS + 4]! >>> 24 !== 0 ? 64 : 32, address);
}

/** The linear address of a memory operand. */
function linearAddress(operand: MemoryOperand, words: Int32Array): bigint {
  const address = new LinearAddress();
  address.of(operand, new WordRegisters(words), modeOf(words) === 64);
  return address.value;
}
