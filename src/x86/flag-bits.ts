import { RflagsBits } from './iced-names.js';

/** Flags by name, and their bits in rflags (SDM vol. 1, 3.4.3). */
export const FLAG_BITS = {
  cf: 1 << 0,
  pf: 1 << 2,
  af: 1 << 4,
  zf: 1 << 6,
  sf: 1 << 7,
  tf: 1 << 8,
  if: 1 << 9,
  df: 1 << 10,
  of: 1 << 11,
  ac: 1 << 18,
} as const;

const BITS: readonly (readonly [iced: number, bit: number])[] = [
  [RflagsBits.CF, FLAG_BITS.cf],
  [RflagsBits.PF, FLAG_BITS.pf],
  [RflagsBits.AF, FLAG_BITS.af],
  [RflagsBits.ZF, FLAG_BITS.zf],
  [RflagsBits.SF, FLAG_BITS.sf],
  [RflagsBits.IF, FLAG_BITS.if],
  [RflagsBits.DF, FLAG_BITS.df],
  [RflagsBits.OF, FLAG_BITS.of],
  [RflagsBits.AC, FLAG_BITS.ac],
];

/** The decoder's set of flags as bits of rflags. */
export function flagsOf(iced: number): number {
  return BITS.reduce((bits, [from, to]) => ((iced & from) === 0 ? bits : bits | to), 0);
}

/** `zf`, `zf cf`. */
export function flagNamesOf(bits: number): string {
  return Object.entries(FLAG_BITS)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(' ');
}
