import {
  MemorySizeExt,
  OpAccess,
  Register,
  RegisterExt,
  type Mode,
  type UsedMemory,
} from './iced.js';

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

export const NO_REGISTER = -1;

/** A memory operand, explicit or implied (stack, string), independent of iced's objects. */
export interface MemoryOperand {
  /** Index into struct kvm_sregs: cs, ds, es, fs, gs, ss. */
  readonly segment: number;
  /** Index into struct kvm_regs or NO_REGISTER. rip-relative operands have an absolute displacement. */
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly displacement: bigint;
  /** Its low 32 bits, for what only needs the offset in a page. */
  readonly displacementLow: number;
  /** Width in bits of the address computation. */
  readonly addressBits: 16 | 32 | 64;
  /** Bytes accessed; 0 where the decoder does not know (fxsave, xsave). */
  readonly size: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

const READS = new Set([
  OpAccess.Read,
  OpAccess.CondRead,
  OpAccess.ReadWrite,
  OpAccess.ReadCondWrite,
]);
const WRITES = new Set([
  OpAccess.Write,
  OpAccess.CondWrite,
  OpAccess.ReadWrite,
  OpAccess.ReadCondWrite,
]);

/**
 * Copies what iced knows of a memory access. An address without registers has the width of the
 * mode: iced has cut its displacement already.
 */
export function memoryOperand(used: UsedMemory, mode: Mode): MemoryOperand {
  const widest = used.base !== Register.None ? used.base : used.index;
  const ipRelative = used.base === Register.RIP || used.base === Register.EIP;
  return {
    segment: SEGMENT_INDEX.get(used.segment) ?? 1,
    base: ipRelative ? NO_REGISTER : generalIndex(used.base),
    index: generalIndex(used.index),
    scale: used.scale,
    displacement: BigInt.asUintN(64, used.displacement),
    displacementLow: Number(BigInt.asIntN(32, used.displacement)),
    addressBits: widest === Register.None ? mode : ((RegisterExt.size(widest) * 8) as Mode),
    size: MemorySizeExt.size(used.memorySize),
    reads: READS.has(used.access),
    writes: WRITES.has(used.access),
  };
}
