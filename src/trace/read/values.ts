/**
 * Columns as they come out of SQLite, and their conversion to what the code wants. A trace is
 * untrusted: every value is checked here, once, at the edge.
 */

/** Integers are always bigint; a number is a REAL. */
export type SqlValue = null | bigint | number | string | Uint8Array;

/** A row as SQLite gives it. */
export type Row = readonly SqlValue[];

/** A column holds something that a trace's does not. Readers turn it into a sentence. */
export class WrongValueError extends Error {
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, value: SqlValue | undefined) {
    super(`${describe(value)} instead of ${expected}`);
    this.name = 'WrongValueError';
    this.expected = expected;
    this.found = describe(value);
  }
}

/** A non-negative integer below 2^53: a step, an id, a physical address, a size. */
export function natural(row: Row, column: number): number {
  const value = row[column];
  if (typeof value === 'bigint' && value >= 0n && value <= Number.MAX_SAFE_INTEGER) {
    return Number(value);
  }
  throw new WrongValueError('a non-negative integer below 2^53', value);
}

/** An integer from `min` to `max`; `what` names it for people. */
export function within(row: Row, column: number, min: number, max: number, what: string): number {
  const value = row[column];
  if (typeof value === 'bigint' && value >= min && value <= max) return Number(value);
  throw new WrongValueError(what, value);
}

/** 0 or 1. */
export function flag(row: Row, column: number): boolean {
  return within(row, column, 0, 1, '0 or 1') === 1;
}

/** A step of a write: -1, the initial state, or a step. */
export function writeStep(row: Row, column: number): number {
  return row[column] === -1n ? -1 : natural(row, column);
}

/** A 64-bit pattern, as the unsigned number it stands for. */
export function unsigned(row: Row, column: number): bigint {
  return BigInt.asUintN(64, signed(row, column));
}

/** A 64-bit pattern as SQLite has it, two's complement. */
export function signed(row: Row, column: number): bigint {
  const value = row[column];
  if (typeof value === 'bigint') return value;
  throw new WrongValueError('an integer', value);
}

/** The column as text; anything else is a WrongValueError. */
export function text(row: Row, column: number): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new WrongValueError('text', value);
}

/** One of a few words. */
export function word<const W extends string>(row: Row, column: number, words: readonly W[]): W {
  const value = row[column];
  const found = words.find((each) => each === value);
  if (found !== undefined) return found;
  throw new WrongValueError(words.map((each) => `'${each}'`).join(' or '), value);
}

/** @param size the exact length in bytes, if there is one */
export function blob(row: Row, column: number, size?: number): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array && (size === undefined || value.length === size)) return value;
  throw new WrongValueError(size === undefined ? 'a blob' : `a blob of ${size} bytes`, value);
}

/** undefined for NULL, else what `convert` makes of the column. */
export function optional<T>(
  convert: (row: Row, column: number) => T,
  row: Row,
  column: number,
): T | undefined {
  return row[column] === null ? undefined : convert(row, column);
}

function describe(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Uint8Array) return `a blob of ${value.length} bytes`;
  if (typeof value === 'string') {
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  }
  return String(value);
}
