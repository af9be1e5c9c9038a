/** Numbers on the command line. */
import { inputError } from '../../base/errors.js';
import { parseInteger } from '../../query/places/numbers.js';

/** A number of things, at least 1. */
export function parseCount(text: string, option: string): number {
  const value = parseInteger(text);
  if (value === undefined || value < 1n) {
    throw inputError(`${option} ${text} is not a count: give a number from 1 on.`);
  }
  return value > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(value);
}

/** Options that make sense once come as an array if they were given twice. */
export function single(value: string | readonly string[], option: string): string {
  if (typeof value === 'string') return value;
  throw inputError(`${option} was given ${value.length} times: give it once.`);
}
