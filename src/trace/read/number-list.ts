/**
 * Columns of integers as SQLite's group_concat gives them: one text for thousands of rows. Reading
 * a row costs a tenth of what fetching it costs, which is what makes a pass over a whole trace
 * possible in seconds.
 */
import { TWO_32 } from '../../base/halves.js';
import { WrongValueError } from './values.js';

const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
/** Digits that a double holds exactly. */
const EXACT_DIGITS = 15;

/** Fills `into` with the numbers of `text` and returns how many there were. Beyond 2^53 they round. */
export function parseNumbers(text: string, into: Float64Array | Int32Array): number {
  let count = 0;
  let value = 0;
  let digits = 0;
  let negative = false;
  const end = text.length;
  for (let i = 0; i <= end; i++) {
    const digit = i === end ? COMMA - ZERO : text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits++;
    } else if (digit === COMMA - ZERO && digits > 0) {
      into[count++] = negative ? -value : value;
      value = 0;
      digits = 0;
      negative = false;
    } else if (digit === MINUS - ZERO && digits === 0 && !negative) {
      negative = true;
    } else if (end === 0) {
      return 0;
    } else {
      throw notANumber(text);
    }
  }
  return count;
}

/** Like parseNumbers for 64-bit patterns, as low and high words. */
export function parseWords(text: string, low: Int32Array, high: Int32Array): number {
  let count = 0;
  let start = 0;
  const end = text.length;
  if (end === 0) return 0;
  for (let i = 0; i <= end; i++) {
    if (i !== end && text.charCodeAt(i) !== COMMA) continue;
    const negative = text.charCodeAt(start) === MINUS;
    const first = negative ? start + 1 : start;
    if (i === first) throw notANumber(text);
    const exact = Math.min(i, first + EXACT_DIGITS);
    let value = 0;
    for (let at = first; at < exact; at++) value = value * 10 + digitAt(text, at);
    let lo = value % TWO_32;
    let hi = (value - lo) / TWO_32;
    for (let at = exact; at < i; at++) {
      const next = lo * 10 + digitAt(text, at);
      lo = next % TWO_32;
      hi = (hi * 10 + (next - lo) / TWO_32) % TWO_32;
    }
    if (negative) {
      low[count] = -lo;
      high[count] = lo === 0 ? -hi : ~hi;
    } else {
      low[count] = lo;
      high[count] = hi;
    }
    count++;
    start = i + 1;
  }
  return count;
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO;
  if (digit >= 0 && digit <= 9) return digit;
  throw notANumber(text);
}

function notANumber(text: string): WrongValueError {
  const wrong = text.split(',').find((each) => !/^-?\d+$/.test(each)) ?? text;
  return new WrongValueError('an integer', wrong);
}
