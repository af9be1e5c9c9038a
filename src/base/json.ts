/** JSON of the contract: integers beyond 2^53 as decimal strings, bytes as hexadecimal strings. */
import { hexBytes } from './number-text.js';

/** What can be written as JSON of the contract. */
export type Jsonable =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Jsonable[]
  | { readonly [key: string]: Jsonable };

/** JSON escapes C0 itself; these, too, could make a terminal or a log something else of the text. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line, or indented by `indent` spaces. */
export function toJson(value: Jsonable, indent?: number): string {
  return JSON.stringify(convert(value), undefined, indent).replaceAll(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function convert(value: Jsonable): unknown {
  if (typeof value === 'bigint') {
    const safe = value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER;
    return safe ? Number(value) : value.toString();
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return hexBytes(value);
  if (isArray(value)) return value.map(convert);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each)]));
}

function isArray(value: Jsonable): value is readonly Jsonable[] {
  return Array.isArray(value);
}
