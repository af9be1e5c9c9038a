import { FLAG_BITS, flagsOf } from './flag-bits.js';
import type { Instruction } from './iced.js';
import { MemorySizeExt, Mnemonic, OpKind, RegisterExt } from './iced-names.js';

const ROTATES = new Set<Mnemonic>([Mnemonic.Rol, Mnemonic.Ror, Mnemonic.Rcl, Mnemonic.Rcr]);

/**
 * Bits of rflags that the manual leaves undefined after the instruction: processors, and KVM's
 * emulator, may differ there. A shift by CL is taken to have a count that leaves them so.
 */
export function undefinedFlags(instruction: Instruction): number {
  return flagsOf(instruction.rflagsUndefined) | undefinedByRotation(instruction);
}

/**
 * A rotation by an immediate other than 0 and 1 leaves OF undefined (SDM vol. 2, RCL), also where it
 * goes round to where it began, which iced takes for none.
 */
export function undefinedByRotation(instruction: Instruction): number {
  const last = instruction.opCount - 1;
  if (!ROTATES.has(instruction.mnemonic)) return 0;
  if (instruction.opKind(last) !== OpKind.Immediate8) return 0;
  return (Number(instruction.immediate(last)) & shiftCountMask(instruction)) > 1 ? FLAG_BITS.of : 0;
}

/** Bits of its count that a shift or rotation looks at (SDM vol. 2, SHL). */
export function shiftCountMask(instruction: Instruction): number {
  const size =
    instruction.op0Kind === OpKind.Register
      ? RegisterExt.size(instruction.op0Register)
      : MemorySizeExt.size(instruction.memorySize);
  return size === 8 ? 63 : 31;
}
