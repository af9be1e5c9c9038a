/** x87 registers as gdb knows them. */
import type { RegisterSource } from './register-source.js';

/** Two bits for each physical register (SDM vol. 1, 8.1.7). */
const TAG_VALID = 0;
const TAG_ZERO = 1;
const TAG_SPECIAL = 2;
const TAG_EMPTY = 3;

const INTEGER_BIT = 1n << 63n;
const MAX_EXPONENT = 0x7fffn;

/**
 * The tag word of FSTENV from that of FXSAVE, which only says which registers are in use: whether one
 * is zero or special follows from its contents (SDM vol. 1, 10.5.1.1).
 */
export function fullTagWord(source: RegisterSource): bigint | undefined {
  const inUse = source('ftw');
  const status = source('fsw');
  if (inUse === undefined || status === undefined) return undefined;
  const top = Number((status >> 11n) & 7n);
  let word = 0;
  for (let physical = 0; physical < 8; physical++) {
    const tag = (inUse >> BigInt(physical)) & 1n ? tagOf(source, (physical - top) & 7) : TAG_EMPTY;
    word |= tag << (2 * physical);
  }
  return BigInt(word);
}

/** @param index counted from the top of the stack */
function tagOf(source: RegisterSource, index: number): number {
  const significand = source(`st${index}`) ?? 0n;
  const exponent = (source(`st${index}_exponent`) ?? 0n) & MAX_EXPONENT;
  if (exponent === 0n) return significand === 0n ? TAG_ZERO : TAG_SPECIAL;
  if (exponent === MAX_EXPONENT) return TAG_SPECIAL;
  return (significand & INTEGER_BIT) === 0n ? TAG_SPECIAL : TAG_VALID;
}

/** 80 bits: significand, then sign and exponent. */
export function stackRegister(source: RegisterSource, index: number): bigint | undefined {
  const significand = source(`st${index}`);
  const exponent = source(`st${index}_exponent`);
  if (significand === undefined || exponent === undefined) return undefined;
  return (exponent << 64n) | significand;
}
