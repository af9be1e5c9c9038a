import { isRead, isWritten } from './access-kind.js';
import type { Instruction, InstructionInfo, Mode, UsedMemory } from './iced.js';
import { MemorySizeExt, Mnemonic, OpKind, Register, RegisterExt } from './iced-names.js';

/** General registers by their number in the instruction encoding's KVM order (struct kvm_regs). */
const KVM_ORDER = ['AX', 'BX', 'CX', 'DX', 'SI', 'DI', 'SP', 'BP'];

/** iced register → index into struct kvm_regs, for every width of the sixteen general registers. */
const GENERAL_INDEX = new Map<Register, number>();
KVM_ORDER.forEach((name, index) => {
  for (const spelled of [name, `E${name}`, `R${name}`]) {
    GENERAL_INDEX.set(Register[spelled as keyof typeof Register], index);
  }
});
['A', 'B', 'C', 'D'].forEach((letter, index) => {
  GENERAL_INDEX.set(Register[`${letter}L` as keyof typeof Register], index);
  GENERAL_INDEX.set(Register[`${letter}H` as keyof typeof Register], index);
});
['SPL', 'BPL', 'SIL', 'DIL'].forEach((name) => {
  const index = KVM_ORDER.indexOf(name.slice(0, 2));
  GENERAL_INDEX.set(Register[name as keyof typeof Register], index);
});
for (let i = 8; i < 16; i++) {
  for (const suffix of ['', 'D', 'W', 'L']) {
    GENERAL_INDEX.set(Register[`R${i}${suffix}` as keyof typeof Register], i);
  }
}

/** The index in struct kvm_regs of a general register of any width, or -1. */
export function generalIndex(register: Register): number {
  return GENERAL_INDEX.get(register) ?? -1;
}

/** cs, ds, es, fs, gs, ss: the order of struct kvm_sregs. */
const SEGMENT_INDEX = new Map<Register, number>([
  [Register.CS, 0],
  [Register.DS, 1],
  [Register.ES, 2],
  [Register.FS, 3],
  [Register.GS, 4],
  [Register.SS, 5],
]);

/** Stands for no base or index register. */
export const NO_REGISTER = -1;

/**
 * A memory operand, explicit or implied (stack, string), independent of iced's objects: all that its
 * address follows from. LinearAddress computes it.
 */
export interface MemoryOperand {
  /** Index into struct kvm_sregs: cs, ds, es, fs, gs, ss. */
  readonly segment: number;
  /** Index into struct kvm_regs or NO_REGISTER. rip-relative operands have an absolute displacement. */
  readonly base: number;
  readonly index: number;
  /** The index is al, not all of rax: XLAT. */
  readonly byteIndex: boolean;
  readonly scale: number;
  /** Low and high 32 bits, sign-extended. */
  readonly displacementLow: number;
  readonly displacementHigh: number;
  /**
   * The general register with the bit offset of BT, BTS, BTR and BTC, of `size` bytes and signed, which
   * moves the address by as many operands as it has bits for (SDM vol. 2, BT), or NO_REGISTER.
   */
  readonly bitOffset: number;
  /** Width in bits of the address computation. */
  readonly addressBits: 16 | 32 | 64;
  /** By PUSH, POP, CALL and such: outside of 64-bit code the stack segment says how wide it is. */
  readonly stack: boolean;
  /** Bytes accessed, of string instructions by one element; 0 where that is not fixed (XSAVE). */
  readonly size: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

const BIT_TESTS = new Set<Mnemonic>([Mnemonic.Bt, Mnemonic.Bts, Mnemonic.Btr, Mnemonic.Btc]);

/**
 * Every memory access of an instruction, implied ones included, in the decoder's order. Those of
 * gathers and scatters are left out: each of their elements has an address of its own.
 */
export function memoryOperands(
  instruction: Instruction,
  info: InstructionInfo,
  mode: Mode,
): MemoryOperand[] {
  const operands: MemoryOperand[] = [];
  for (const used of info.usedMemory() as UsedMemory[]) {
    if (!RegisterExt.isVectorRegister(used.index)) {
      operands.push(memoryOperand(instruction, info, used, mode));
    }
    used.free();
  }
  return operands;
}

/**
 * Copies what iced knows of a memory access. An address without registers has the width of the
 * mode: iced has cut its displacement already, and has added to that of POP what it pops.
 */
function memoryOperand(
  instruction: Instruction,
  info: InstructionInfo,
  used: UsedMemory,
  mode: Mode,
): MemoryOperand {
  const widest = used.base !== Register.None ? used.base : used.index;
  const ipRelative = used.base === Register.RIP || used.base === Register.EIP;
  const string = instruction.isStringInstruction;
  const addressBits = widest === Register.None ? mode : ((RegisterExt.size(widest) * 8) as Mode);
  const stack = instruction.isStackInstruction && !isExplicit(instruction, info, used);
  // As wide as the code, while the stack may be wider.
  const displacement = stack ? BigInt.asIntN(addressBits, used.displacement) : used.displacement;
  return {
    segment: SEGMENT_INDEX.get(used.segment) ?? 1,
    base: ipRelative ? NO_REGISTER : generalIndex(used.base),
    index: generalIndex(used.index),
    byteIndex: used.index === Register.AL,
    scale: used.scale,
    displacementLow: Number(BigInt.asIntN(32, displacement)),
    displacementHigh: Number(BigInt.asIntN(32, displacement >> 32n)),
    bitOffset: bitOffset(instruction),
    addressBits,
    stack,
    size: string ? elementBytes(instruction.mnemonic) : MemorySizeExt.size(used.memorySize),
    reads: isRead(used.access),
    writes: isWritten(used.access),
  };
}

function bitOffset(instruction: Instruction): number {
  return BIT_TESTS.has(instruction.mnemonic) && instruction.op1Kind === OpKind.Register
    ? generalIndex(instruction.op1Register)
    : NO_REGISTER;
}

/** What PUSH and CALL read or POP writes is an operand; the stack is what they do the other way. */
function isExplicit(instruction: Instruction, info: InstructionInfo, used: UsedMemory): boolean {
  for (let i = 0; i < instruction.opCount; i++) {
    if (instruction.opKind(i) === OpKind.Memory) return info.opAccess(i) === used.access;
  }
  return false;
}

/** Of MOVSB 1, of STOSQ 8: with a REP prefix the decoder leaves the size open. */
function elementBytes(mnemonic: Mnemonic): number {
  return { b: 1, w: 2, d: 4, q: 8 }[Mnemonic[mnemonic].at(-1)!] ?? 0;
}

/** False for what only computes an address (LEA) or hints at one (PREFETCH). */
export function isAccessed({ reads, writes }: MemoryOperand): boolean {
  return reads || writes;
}
