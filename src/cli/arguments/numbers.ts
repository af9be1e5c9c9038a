/** Numbers on the command line. */
import { inputError } from '../../base/errors.js';
import { parseInteger } from '../../query/places/numbers.js';

const THOUSANDS: Readonly<Record<string, bigint>> = { K: 10n ** 3n, M: 10n ** 6n, G: 10n ** 9n };

/** A number of things, at least 1: `5000`, `0x10`, `500K`, `2M` (two million), `1G`. */
export function parseCount(text: string, option: string): number {
  const { digits = text, unit } = /^(?<digits>\d+)(?<unit>[kmg])$/i.exec(text)?.groups ?? {};
  const number = parseInteger(digits);
  const value = number && number * (unit === undefined ? 1n : THOUSANDS[unit.toUpperCase()]!);
  if (value === undefined || value < 1n) {
    throw inputError(`${option} ${text} is not a count: give a number from 1 on, as 5000 or 2M.`);
  }
  return value > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : Number(value);
}

/** Options that make sense once come as an array if they were given twice. */
export function single(value: string | readonly string[], option: string): string {
  if (typeof value === 'string') return value;
  throw inputError(`${option} was given ${value.length} times: give it once.`);
}
