/** What an instruction reads, as far as differences can reach it. */
import {
  REGISTER_FPU_CONTROL,
  REGISTER_SEGMENTS,
  REGISTER_ST,
  REGISTER_XMM,
  REGISTER_YMM,
} from '../../trace/format/registers.js';
import type { Instruction as TraceInstruction } from '../../trace/read/instructions.js';
import {
  withInfo,
  withInstruction,
  type Instruction,
  type InstructionInfo,
  type UsedMemory,
  type UsedRegister,
} from '../../x86/iced.js';
import { Mnemonic, OpAccess, Register, RegisterExt } from '../../x86/iced-names.js';
import { flagsOf } from '../../x86/flag-bits.js';
import { undefinedFlags } from '../../x86/undefined-flags.js';
import { generalIndex, memoryOperands, type MemoryOperand } from '../../x86/operand.js';

/** What an instruction reads and what it does to flags. */
export interface Uses {
  /** Ids in the table `register`. */
  readonly registers: readonly number[];
  /** Bits of rflags that are read. */
  readonly flagsRead: number;
  /** Bits of rflags that the manual leaves undefined after the instruction. */
  readonly flagsUndefined: number;
  /** Bits of rflags that the instruction sets, whether or not to what they were. */
  readonly flagsModified: number;
  /** Memory that is read. */
  readonly reads: readonly MemoryOperand[];
  /** A string instruction with a REP prefix: its operands are repeated rcx times. */
  readonly repeats: boolean;
  /** It reads what is no operand: descriptors, model-specific registers, state of the processor. */
  readonly readsMore: boolean;
}

/** The uses of an instruction, from its bytes. */
export function usesOf({ bytes, mode, rip }: TraceInstruction): Uses {
  return withInstruction(bytes, mode, rip, (instruction) =>
    withInfo(instruction, (info) => describe(instruction, info, mode)),
  );
}

function describe(instruction: Instruction, info: InstructionInfo, mode: 16 | 32 | 64): Uses {
  const registers = new Set<number>();
  let loadsSegment = false;
  const used = info.usedRegisters() as UsedRegister[];
  for (const each of used) {
    // A conditional write keeps the old value, and a write of part of a register the rest.
    if (each.access !== OpAccess.Write || RegisterExt.size(each.register) < 4) {
      for (const id of registerIds(each.register)) registers.add(id);
    }
    loadsSegment ||= each.access !== OpAccess.Read && RegisterExt.isSegmentRegister(each.register);
    each.free();
  }
  for (const each of info.usedMemory() as UsedMemory[]) {
    // Where a store goes depends on the registers of its address.
    for (const part of [each.base, each.index]) {
      const index = generalIndex(part);
      if (index >= 0) registers.add(index);
    }
    each.free();
  }
  return {
    registers: [...registers],
    flagsRead: readsAllFlags(instruction) ? 0x7fffffff : flagsOf(instruction.rflagsRead),
    flagsUndefined: undefinedFlags(instruction),
    flagsModified: flagsOf(instruction.rflagsModified) | undefinedFlags(instruction),
    reads: memoryOperands(instruction, info, mode).filter(({ reads }) => reads),
    repeats:
      instruction.isStringInstruction && (instruction.hasRepPrefix || instruction.hasRepnePrefix),
    readsMore: loadsSegment || READS_MORE.test(Mnemonic[instruction.mnemonic]),
  };
}

/** What is loaded, saved or asked of the processor besides the operands. */
const READS_MORE =
  /^(?:Int|Iret|Retf|Sys|Swapgs|Rdmsr|Wrmsr|Rdpmc|Rdtsc|Cpuid|X|Fx|L[lgid]dt|Ltr|Lar|Lsl|Ver[rw]|In|Out|Hlt|Mwait|Vm|Rsm|Invlpg)/;

/** PUSHF and SYSCALL store every flag; iced names only those that it models. */
function readsAllFlags(instruction: Instruction): boolean {
  return /^(?:Pushf|Lahf|Syscall|Int)/.test(Mnemonic[instruction.mnemonic]);
}

function registerIds(register: Register): number[] {
  const general = generalIndex(register);
  if (general >= 0) return [general];
  if (RegisterExt.isSegmentRegister(register)) {
    const order = [Register.CS, Register.DS, Register.ES, Register.FS, Register.GS, Register.SS];
    const index = order.indexOf(register);
    return index < 0 ? [] : [0, 1, 2, 3].map((i) => REGISTER_SEGMENTS + index * 4 + i);
  }
  if (RegisterExt.isVectorRegister(register)) {
    const number = RegisterExt.number(register);
    if (number > 15) return [];
    const xmm = [REGISTER_XMM + number * 2, REGISTER_XMM + number * 2 + 1];
    return RegisterExt.isXMM(register)
      ? xmm
      : [...xmm, REGISTER_YMM + number * 2, REGISTER_YMM + number * 2 + 1];
  }
  // The stack of the x87 moves: what is read may be any of them.
  if (RegisterExt.isST(register) || RegisterExt.isMM(register)) {
    return [...Array.from({ length: 16 }, (_, i) => REGISTER_ST + i), REGISTER_FPU_CONTROL];
  }
  return [];
}
