import { PAGE_BYTES } from '../../base/page.js';
import type { Connection, Query } from './connection.js';
import { MAX_GPA, readSlots, type MemorySlot } from './memory-slots.js';
import { blob, natural, signed, within, WrongValueError, writeStep, type Row } from './values.js';

/** The most bytes that one row of memory_write holds. */
export const MAX_WRITE_SIZE = 8;

/** Pages of state 0 that are kept once they were read: a MiB. */
const MAX_INITIAL_PAGES = 256;

/** What values of so many bytes stay below. */
const VALUE_LIMITS = Array.from(
  { length: MAX_WRITE_SIZE + 1 },
  (_, size) => 1n << BigInt(8 * size),
);

/** `size` bytes at `gpa` are `value`, little-endian, after `step`. */
export interface MemoryWrite {
  readonly gpa: number;
  readonly step: number;
  /** In bytes, 1 to 8. */
  readonly size: number;
  /** Two's complement if `size` is 8, else unsigned. */
  readonly value: bigint;
}

/**
 * A row that no recorder writes ends the query with an error rather than leading it astray: a key
 * that is no integer would be found over and over.
 */
const PACKED = `CASE WHEN size BETWEEN 1 AND ${MAX_WRITE_SIZE} AND typeof(size) = 'integer'
                     AND typeof(gpa) = 'integer' AND typeof(step) = 'integer' THEN gpa << 4 | size
                    ELSE abs(-0x7fffffffffffffff - 1) END`;

/**
 * The distinct (gpa, size) of the rows from :low up to :high, packed, by one descent of the primary
 * key (gpa, size, step) each. The largest step skips all rows of a pair.
 */
const CELLS = `
  WITH RECURSIVE cell(code) AS (
    SELECT (SELECT ${PACKED} FROM memory_write WHERE gpa >= :low AND gpa < :high
            ORDER BY gpa, size LIMIT 1)
    UNION ALL
    SELECT (SELECT ${PACKED} FROM memory_write
            WHERE (gpa, size, step) > (code >> 4, code & 15, 0x7fffffffffffffff) AND gpa < :high
            ORDER BY gpa, size LIMIT 1)
    FROM cell WHERE code IS NOT NULL
  )`;
const SAME_CELL = 'm.gpa = code >> 4 AND m.size = code & 15';

/** Pages with a row, by one descent each; of these, those with one that is old enough. */
const WRITTEN_PAGES = `
  WITH RECURSIVE written(page) AS (
    SELECT (SELECT gpa >> 12 FROM memory_write WHERE gpa BETWEEN 0 AND :last ORDER BY gpa LIMIT 1)
    UNION ALL
    SELECT (SELECT gpa >> 12 FROM memory_write
            WHERE gpa BETWEEN (page + 1) << 12 AND :last ORDER BY gpa LIMIT 1)
    FROM written WHERE page IS NOT NULL
  )
  SELECT page FROM written WHERE page IS NOT NULL AND EXISTS (
    SELECT 1 FROM memory_write WHERE gpa >= page << 12 AND gpa < (page + 1) << 12 AND step < :step)`;

/**
 * For each cell that reaches beyond :reach the row that is first by `order` among those that
 * `condition` admits.
 */
function rowOfEachCell(condition: string, order: string): string {
  return `${CELLS}
    SELECT m.gpa, m.step, m.size, m.value FROM cell CROSS JOIN memory_write m
    ON (code >> 4) + (code & 15) > :reach AND ${SAME_CELL} AND m.step = (SELECT m.step FROM memory_write m
                                  WHERE ${SAME_CELL} AND ${condition} ORDER BY ${order} LIMIT 1)`;
}

/**
 * Finds rows of memory_write. Rows may be of any size and overlap: a byte at address a is covered by
 * rows at a-7 to a, and where a newer row is narrow, an older and wider one shows behind it. So a
 * byte's value is in the newest of the newest rows of each address and size.
 */
export class MemoryReader {
  /** By gpa. */
  readonly slots: readonly MemorySlot[];
  readonly #initialPage: Query<Uint8Array>;
  readonly #newest: Query<MemoryWrite>;
  readonly #oldest: Query<MemoryWrite>;
  readonly #between: Query<MemoryWrite>;
  readonly #value: Query<bigint>;
  readonly #writtenPages: Query<number>;
  readonly #initialPages = new Map<number, Uint8Array | undefined>();

  constructor(connection: Connection) {
    this.slots = readSlots(connection);
    this.#initialPage = connection.query(
      'snapshot_page',
      'SELECT data FROM snapshot_page WHERE step = 0 AND page = ?',
      (row) => blob(row, 0, PAGE_BYTES),
    );
    const memoryWrite = (sql: string): Query<MemoryWrite> =>
      connection.query('memory_write', sql, decodeWrite);
    this.#newest = memoryWrite(rowOfEachCell('m.step < :step', 'm.step DESC'));
    this.#oldest = memoryWrite(rowOfEachCell('m.step >= :step', 'm.step'));
    this.#writtenPages = connection.query('memory_write', WRITTEN_PAGES, (row) => natural(row, 0));
    this.#value = connection.query(
      'memory_write',
      'SELECT value FROM memory_write WHERE gpa = ? AND size = ? AND step = ?',
      (row) => signed(row, 0),
    );
    this.#between = memoryWrite(`SELECT gpa, step, size, value FROM memory_write
       WHERE step >= ? AND step < ? ORDER BY step, gpa`);
  }

  /** Numbers of the pages that steps before `state` changed. */
  writtenPages(state: number): number[] {
    return this.#writtenPages.all({ step: state, last: MAX_GPA });
  }

  /** The value of a row, two's complement; 0 if there is no such row. */
  valueAt(gpa: number, size: number, step: number): bigint {
    return this.#value.first(gpa, size, step) ?? 0n;
  }

  /** A page of memory at state 0, or undefined if it is all zeros. Kept: not to be written to. */
  initialPage(page: number): Readonly<Uint8Array> | undefined {
    if (this.#initialPages.has(page)) return this.#initialPages.get(page);
    const found = this.#initialPage.first(page);
    if (this.#initialPages.size >= MAX_INITIAL_PAGES) this.#initialPages.clear();
    this.#initialPages.set(page, found);
    return found;
  }

  /**
   * For each gpa from `low` up to, not including, `high`, and each size of the rows there: the
   * newest row before `state`. Rows that end at `reach` or before are left out.
   */
  newest(low: number, high: number, state: number, reach = low): MemoryWrite[] {
    return this.#newest.all({ low, high, step: state, reach });
  }

  /** Like `newest`: the first row at `step` or later. */
  oldest(low: number, high: number, step: number, reach = low): MemoryWrite[] {
    return this.#oldest.all({ low, high, step, reach });
  }

  /** The rows of the steps from `from` up to, not including, `to`; by step, then gpa. */
  between(from: number, to: number): MemoryWrite[] {
    return this.#between.all(from, to);
  }
}

function decodeWrite(row: Row): MemoryWrite {
  const size = within(row, 2, 1, MAX_WRITE_SIZE, 'a size of 1 to 8');
  const value = signed(row, 3);
  if (size < MAX_WRITE_SIZE && (value < 0n || value >= VALUE_LIMITS[size]!)) {
    throw new WrongValueError(`a value of ${size} byte${size === 1 ? '' : 's'}`, value);
  }
  return { gpa: natural(row, 0), step: writeStep(row, 1), size, value };
}
