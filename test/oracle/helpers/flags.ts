import { FLAG_BITS, flagsOf } from '../../../src/x86/flag-bits.js';
import { withInstruction, type Instruction } from '../../../src/x86/iced.js';
import { Mnemonic, OpKind, Register } from '../../../src/x86/iced-names.js';
import {
  shiftCountMask,
  undefinedByRotation,
  undefinedFlags,
} from '../../../src/x86/undefined-flags.js';
import type { TraceInstruction } from './cursor.js';

const SHIFTS = new Set<Mnemonic>([
  ...[Mnemonic.Shl, Mnemonic.Shr, Mnemonic.Sar, Mnemonic.Rol, Mnemonic.Ror],
  ...[Mnemonic.Rcl, Mnemonic.Rcr, Mnemonic.Sal, Mnemonic.Shld, Mnemonic.Shrd],
]);

const { cf, af, zf, sf, of } = FLAG_BITS;

/**
 * Flags that KVM's emulator does not have as the CPU has them.
 *
 * AAM and AAD leave OF, AF and CF undefined (SDM vol. 2), and KVM takes SF and ZF from AX, not from
 * AL as the SDM says (em_aam and em_aad of arch/x86/kvm/emulate.c OR into an operand of two bytes):
 * KVM is wrong there, and the trace is right about what KVM did. DAS leaves OF undefined.
 *
 * A rotation by an immediate is carried out as one by CL, after which Intel's CPUs have another OF
 * (seen on Sapphire Rapids; AMD's have the same).
 */
const EMULATED: ReadonlyMap<Mnemonic, number> = new Map([
  [Mnemonic.Aam, of | af | cf | sf | zf],
  [Mnemonic.Aad, of | af | cf | sf | zf],
  [Mnemonic.Das, of],
]);

export interface FlagEffect {
  /** Bits that the manual leaves undefined after the instruction, or KVM has wrong. */
  readonly undefined: number;
  /**
   * Those of them that KVM does not have as the CPU that it runs on. All others are the CPU's own: the
   * emulator runs its arithmetic with the CPU's instructions.
   */
  readonly emulated: number;
  /** Bits that it defines. */
  readonly defined: number;
  /** A shift by cl changes no flag if the count is 0; this is what is left of cl. */
  readonly countMask: number;
  /** Without an iteration nothing is defined. */
  readonly repeats: boolean;
}

/** What the manual says of an instruction's flags. */
export function flagEffect(instruction: TraceInstruction): FlagEffect {
  const { bytes, mode, rip } = instruction;
  return withInstruction(bytes, mode, rip, (decoded) => ({
    undefined: undefinedFlags(decoded) | emulatedFlags(decoded),
    emulated: emulatedFlags(decoded),
    defined: flagsOf(decoded.rflagsModified & ~decoded.rflagsUndefined),
    countMask: countInCl(decoded),
    repeats: repeats(decoded),
  }));
}

/** Whether it is a string instruction with a REP prefix. */
export function isRepeated({ bytes, mode, rip }: TraceInstruction): boolean {
  return withInstruction(bytes, mode, rip, repeats);
}

function repeats(decoded: Instruction): boolean {
  return decoded.isStringInstruction && (decoded.hasRepPrefix || decoded.hasRepnePrefix);
}

/** Mask of the count in cl of a shift by cl (SDM vol. 2, SHL), 0 for everything else. */
function countInCl(decoded: Instruction): number {
  const last = decoded.opCount - 1;
  if (!SHIFTS.has(decoded.mnemonic) || decoded.opKind(last) !== OpKind.Register) return 0;
  if (decoded.opRegister(last) !== Register.CL) return 0;
  return shiftCountMask(decoded);
}

function emulatedFlags(decoded: Instruction): number {
  return (EMULATED.get(decoded.mnemonic) ?? 0) | undefinedByRotation(decoded);
}
