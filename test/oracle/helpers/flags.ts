import { RflagsBits } from 'iced-x86';
import type { TraceInstruction } from './cursor.js';
import {
  MemorySizeExt,
  Mnemonic,
  OpKind,
  Register,
  RegisterExt,
  withInstruction,
  type Instruction,
} from '../../../src/x86/iced.js';

/** iced's bits as bits of RFLAGS (SDM vol. 1, 3.4.3). */
const BITS: readonly (readonly [iced: number, rflags: number])[] = [
  [RflagsBits.CF, 1],
  [RflagsBits.PF, 4],
  [RflagsBits.AF, 0x10],
  [RflagsBits.ZF, 0x40],
  [RflagsBits.SF, 0x80],
  [RflagsBits.IF, 0x200],
  [RflagsBits.DF, 0x400],
  [RflagsBits.OF, 0x800],
  [RflagsBits.AC, 0x40000],
];

const SHIFTS = new Set<Mnemonic>([
  ...[Mnemonic.Shl, Mnemonic.Shr, Mnemonic.Sar, Mnemonic.Rol, Mnemonic.Ror],
  ...[Mnemonic.Rcl, Mnemonic.Rcr, Mnemonic.Sal, Mnemonic.Shld, Mnemonic.Shrd],
]);

const ROTATES = new Set<Mnemonic>([Mnemonic.Rol, Mnemonic.Ror, Mnemonic.Rcl, Mnemonic.Rcr]);

const CF = 1;
const AF = 0x10;
const ZF = 0x40;
const SF = 0x80;
const OF = 0x800;

/**
 * Flags that KVM's emulator does not have as the CPU has them.
 *
 * AAM and AAD leave OF, AF and CF undefined (SDM vol. 2), and KVM takes SF and ZF from AX, not from
 * AL as the SDM says (em_aam and em_aad of arch/x86/kvm/emulate.c OR into an operand of two bytes):
 * KVM is wrong there, and the trace is right about what KVM did. DAS leaves OF undefined.
 */
const EMULATED: ReadonlyMap<Mnemonic, number> = new Map([
  [Mnemonic.Aam, OF | AF | CF | SF | ZF],
  [Mnemonic.Aad, OF | AF | CF | SF | ZF],
  [Mnemonic.Das, OF],
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
    undefined: toRflags(decoded.rflagsUndefined) | emulatedFlags(decoded),
    emulated: emulatedFlags(decoded),
    defined: toRflags(decoded.rflagsModified & ~decoded.rflagsUndefined),
    countMask: shiftCountMask(decoded),
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
function shiftCountMask(decoded: Instruction): number {
  const last = decoded.opCount - 1;
  if (!SHIFTS.has(decoded.mnemonic) || decoded.opKind(last) !== OpKind.Register) return 0;
  if (decoded.opRegister(last) !== Register.CL) return 0;
  return countBits(decoded);
}

/** Bits of the count that a shift or rotation looks at (SDM vol. 2, SHL). */
function countBits(decoded: Instruction): number {
  const size =
    decoded.op0Kind === OpKind.Register
      ? RegisterExt.size(decoded.op0Register)
      : MemorySizeExt.size(decoded.memorySize);
  return size === 8 ? 63 : 31;
}

function emulatedFlags(decoded: Instruction): number {
  return (EMULATED.get(decoded.mnemonic) ?? 0) | rotated(decoded);
}

/**
 * A rotation by an immediate other than 0 and 1 leaves OF undefined (SDM vol. 2, RCL), also where it
 * goes round to where it began, which iced takes for none. KVM's emulator carries it out as one by cl,
 * after which Intel's CPUs have another OF (seen on Sapphire Rapids; AMD's have the same).
 */
function rotated(decoded: Instruction): number {
  const last = decoded.opCount - 1;
  if (!ROTATES.has(decoded.mnemonic) || decoded.opKind(last) !== OpKind.Immediate8) return 0;
  return (Number(decoded.immediate(last)) & countBits(decoded)) > 1 ? OF : 0;
}

function toRflags(iced: number): number {
  return BITS.reduce((flags, [bit, rflags]) => ((iced & bit) !== 0 ? flags | rflags : flags), 0);
}
