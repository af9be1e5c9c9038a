/** Where an instruction's control flow goes. */
import type { Instruction } from './iced.js';
import { FlowControl, Mnemonic, OpKind, RegisterExt } from './iced-names.js';
import { Flow, type InstructionClass } from './instruction-class.js';
import { generalIndex, type MemoryOperand } from './operand.js';

/** What an instruction does to rip. */
export type Branch = Pick<
  InstructionClass,
  | 'flow'
  | 'conditional'
  | 'target'
  | 'selector'
  | 'branchRegister'
  | 'branchOperand'
  | 'branchSize'
  | 'branchMsr'
  | 'vector'
>;

/** Where SYSENTER goes (SDM vol. 3, 5.8.7). */
const MSR_SYSENTER_EIP = 0x176;
/** Where SYSRET and SYSEXIT find rip, as indices of struct kvm_regs. */
const RCX = 2;
const RDX = 3;

/** Where control can go after an instruction, and how it gets there. */
export function describeBranch(
  instruction: Instruction,
  operands: readonly MemoryOperand[],
): Branch {
  const branch: Branch = {
    flow: Flow.next,
    conditional: false,
    target: 0n,
    selector: 0,
    branchRegister: -1,
    branchOperand: undefined,
    branchSize: 0,
    branchMsr: 0,
    vector: 0,
  };
  switch (instruction.flowControl) {
    case FlowControl.ConditionalBranch:
    case FlowControl.UnconditionalBranch:
    case FlowControl.Call:
      return directBranch(instruction, branch);
    case FlowControl.IndirectBranch:
    case FlowControl.IndirectCall:
      return indirectBranch(instruction, branch, operands);
    case FlowControl.Return:
      return returnBranch(instruction, branch);
    case FlowControl.Interrupt:
      return { ...branch, flow: Flow.softwareInterrupt, ...interruptVector(instruction) };
    case FlowControl.Exception:
      return { ...branch, flow: Flow.undefined };
    case FlowControl.XbeginXabortXend:
      return { ...branch, flow: Flow.unknown };
    case FlowControl.Next:
      return branch;
  }
}

function directBranch(instruction: Instruction, branch: Branch): Branch {
  switch (instruction.op0Kind) {
    case OpKind.NearBranch16:
    case OpKind.NearBranch32:
    case OpKind.NearBranch64:
      return {
        ...branch,
        flow: Flow.direct,
        conditional: instruction.flowControl === FlowControl.ConditionalBranch,
        target: instruction.nearBranchTarget,
      };
    case OpKind.FarBranch16:
      return {
        ...branch,
        flow: Flow.farDirect,
        target: BigInt(instruction.farBranch16),
        selector: instruction.farBranchSelector,
      };
    case OpKind.FarBranch32:
      return {
        ...branch,
        flow: Flow.farDirect,
        target: BigInt(instruction.farBranch32),
        selector: instruction.farBranchSelector,
      };
    default:
      switch (instruction.mnemonic) {
        case Mnemonic.Syscall:
          return { ...branch, flow: Flow.systemCall };
        case Mnemonic.Sysenter:
          return { ...branch, flow: Flow.systemCall, branchMsr: MSR_SYSENTER_EIP };
        default:
          return { ...branch, flow: Flow.unknown };
      }
  }
}

function indirectBranch(
  instruction: Instruction,
  branch: Branch,
  operands: readonly MemoryOperand[],
): Branch {
  if (instruction.op0Kind === OpKind.Register) {
    return {
      ...branch,
      flow: Flow.register,
      branchRegister: generalIndex(instruction.op0Register),
      branchSize: RegisterExt.size(instruction.op0Register),
    };
  }
  const operand = operands.find((candidate) => candidate.reads);
  const far = instruction.isJmpFarIndirect || instruction.isCallFarIndirect;
  return {
    ...branch,
    flow: far ? Flow.farMemory : Flow.memory,
    branchOperand: operand,
    // A far pointer is offset and 16-bit selector (SDM vol. 1, 4.3.1).
    branchSize: (operand?.size ?? 0) - (far ? 2 : 0),
  };
}

function returnBranch(instruction: Instruction, branch: Branch): Branch {
  switch (instruction.mnemonic) {
    case Mnemonic.Ret:
      return { ...branch, flow: Flow.returnNear, branchSize: stackSlot(instruction) };
    case Mnemonic.Retf:
      return { ...branch, flow: Flow.returnFar, branchSize: farReturnSlot(instruction) };
    case Mnemonic.Iret:
      return { ...branch, flow: Flow.interruptReturn, branchSize: 2 };
    case Mnemonic.Iretd:
      return { ...branch, flow: Flow.interruptReturn, branchSize: 4 };
    case Mnemonic.Iretq:
      return { ...branch, flow: Flow.interruptReturn, branchSize: 8 };
    case Mnemonic.Sysret:
      return { ...branch, flow: Flow.systemReturn, branchRegister: RCX, branchSize: 4 };
    case Mnemonic.Sysretq:
      return { ...branch, flow: Flow.systemReturn, branchRegister: RCX, branchSize: 8 };
    case Mnemonic.Sysexit:
      return { ...branch, flow: Flow.systemReturn, branchRegister: RDX, branchSize: 4 };
    case Mnemonic.Sysexitq:
      return { ...branch, flow: Flow.systemReturn, branchRegister: RDX, branchSize: 8 };
    default:
      return { ...branch, flow: Flow.unknown };
  }
}

/** Bytes that a near return pops: what it adds to the stack pointer less its immediate. */
function stackSlot(instruction: Instruction): number {
  return instruction.stackPointerIncrement - Number(immediate(instruction));
}

function farReturnSlot(instruction: Instruction): number {
  return (instruction.stackPointerIncrement - Number(immediate(instruction))) / 2;
}

function immediate(instruction: Instruction): bigint {
  return instruction.opCount === 0 ? 0n : instruction.immediate(0);
}

function interruptVector(instruction: Instruction): { vector: number; conditional: boolean } {
  switch (instruction.mnemonic) {
    case Mnemonic.Int3:
      return { vector: 3, conditional: false };
    case Mnemonic.Int1:
      return { vector: 1, conditional: false };
    case Mnemonic.Into:
      return { vector: 4, conditional: true };
    default:
      return { vector: Number(immediate(instruction)), conditional: false };
  }
}
