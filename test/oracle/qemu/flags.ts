import { RflagsBits } from 'iced-x86';
import type { TraceInstruction } from '../helpers/cursor.js';
import { exceptedFlags } from '../helpers/flag-exceptions.js';
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
const OF = 0x800;

export interface FlagEffect {
  /** Bits that the manual leaves undefined after the instruction. */
  readonly undefined: number;
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
    undefined: toRflags(decoded.rflagsUndefined) | rotated(decoded) | exceptedFlags(instruction),
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
  const size =
    decoded.op0Kind === OpKind.Register
      ? RegisterExt.size(decoded.op0Register)
      : MemorySizeExt.size(decoded.memorySize);
  return size === 8 ? 63 : 31;
}

/**
 * A rotation by an immediate other than 0 and 1 leaves OF undefined (SDM vol. 2, RCL), also where it
 * goes round to where it began, which iced takes for none.
 */
function rotated(decoded: Instruction): number {
  const last = decoded.opCount - 1;
  if (!ROTATES.has(decoded.mnemonic) || decoded.opKind(last) !== OpKind.Immediate8) return 0;
  return (Number(decoded.immediate(last)) & 31) > 1 ? OF : 0;
}

function toRflags(iced: number): number {
  return BITS.reduce((flags, [bit, rflags]) => ((iced & bit) !== 0 ? flags | rflags : flags), 0);
}
