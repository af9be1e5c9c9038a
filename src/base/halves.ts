/**
 * Values of 64 bits as two words of 32, low and high: passes over millions of steps have no time for
 * BigInt. Words are signed or unsigned; what is made of them is unsigned.
 */

/** 2 ** 32. */
export const TWO_32 = 0x1_0000_0000;

/** Two words as an unsigned 64-bit value. */
export function wide(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** Two words as a number: exact below 2 ** 53, which the caller sees to. */
export function wideNumber(low: number, high: number): number {
  return (high >>> 0) * TWO_32 + (low >>> 0);
}

/** The lower word of a value, signed. */
export function lowWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** The upper word of a value, signed. */
export function highWord(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}
