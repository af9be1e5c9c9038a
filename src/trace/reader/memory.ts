import type { Connection, Query } from './connection.js';
import { blob, natural, signed, text, WrongValueError, writeStep, type Row } from './values.js';

export const PAGE_SIZE = 4096;
/** The most bytes that one row of memory_write holds. */
export const MAX_WRITE_SIZE = 8;

/** A range of guest-physical memory. */
export interface MemorySlot {
  readonly slot: number;
  readonly gpa: number;
  /** In bytes. */
  readonly size: number;
  readonly readonly: boolean;
  readonly purpose: string;
}

/** `size` bytes at `gpa` are `value`, little-endian, after `step`. */
export interface MemoryWrite {
  readonly gpa: number;
  readonly step: number;
  /** In bytes, 1 to 8. */
  readonly size: number;
  /** Two's complement; only the low `size` bytes count. */
  readonly value: bigint;
}

/** The addresses of rows from :low up to :high: one descent of the primary key each. */
const CELLS = `
  WITH RECURSIVE cell(gpa) AS (
    SELECT (SELECT gpa FROM memory_write WHERE gpa >= :low AND gpa < :high ORDER BY gpa LIMIT 1)
    UNION ALL
    SELECT (SELECT w.gpa FROM memory_write w WHERE w.gpa > cell.gpa AND w.gpa < :high
            ORDER BY w.gpa LIMIT 1)
    FROM cell WHERE cell.gpa IS NOT NULL
  )`;
const COLUMNS = 'SELECT gpa, step, size, value FROM memory_write';

/**
 * Finds rows of memory_write. Rows may be of any size and overlap: a byte at address a is covered by
 * rows at a-7 to a, and an older, wider row at an address shows where a newer one is narrower.
 */
export class MemoryReader {
  /** By gpa. */
  readonly slots: readonly MemorySlot[];
  readonly #initialPage: Query<Uint8Array>;
  readonly #newest: Query<MemoryWrite>;
  readonly #oldest: Query<MemoryWrite>;
  readonly #lastWider: Query<MemoryWrite>;
  readonly #nextWider: Query<MemoryWrite>;
  readonly #between: Query<MemoryWrite>;

  constructor(connection: Connection) {
    this.slots = connection
      .query(
        'memory_slot',
        'SELECT slot, gpa, size, readonly, purpose FROM memory_slot ORDER BY gpa',
        decodeSlot,
      )
      .all();
    this.#initialPage = connection.query(
      'snapshot_page',
      'SELECT data FROM snapshot_page WHERE step = 0 AND page = ?',
      (row) => blob(row, 0, PAGE_SIZE),
    );
    const memoryWrite = (sql: string): Query<MemoryWrite> =>
      connection.query('memory_write', sql, decodeWrite);
    this.#newest = memoryWrite(
      `${CELLS} SELECT w.gpa, w.step, w.size, w.value FROM cell CROSS JOIN memory_write w
       ON w.gpa = cell.gpa AND w.step =
         (SELECT m.step FROM memory_write m WHERE m.gpa = cell.gpa AND m.step < :step
          ORDER BY m.step DESC LIMIT 1)`,
    );
    this.#oldest = memoryWrite(
      `${CELLS} SELECT w.gpa, w.step, w.size, w.value FROM cell CROSS JOIN memory_write w
       ON w.gpa = cell.gpa AND w.step =
         (SELECT m.step FROM memory_write m WHERE m.gpa = cell.gpa AND m.step >= :step
          ORDER BY m.step LIMIT 1)`,
    );
    this.#lastWider = memoryWrite(
      `${COLUMNS} WHERE gpa = ? AND step > ? AND step < ? AND size > ? ORDER BY step DESC LIMIT 1`,
    );
    this.#nextWider = memoryWrite(
      `${COLUMNS} WHERE gpa = ? AND step >= ? AND step < ? AND size > ? ORDER BY step LIMIT 1`,
    );
    this.#between = memoryWrite(`${COLUMNS} WHERE step >= ? AND step < ? ORDER BY step, gpa`);
  }

  /** A page of memory at state 0, or undefined if it is all zeros. */
  initialPage(page: number): Uint8Array | undefined {
    return this.#initialPage.first(page);
  }

  /** For each gpa from `low` up to, not including, `high`: its newest row before `state`. */
  newest(low: number, high: number, state: number): MemoryWrite[] {
    return this.#newest.all({ low, high, step: state });
  }

  /** For each gpa from `low` up to, not including, `high`: its first row at `step` or later. */
  oldest(low: number, high: number, step: number): MemoryWrite[] {
    return this.#oldest.all({ low, high, step });
  }

  /** The newest row at `gpa` after step `after` and before `before` of more than `size` bytes. */
  lastWider(gpa: number, after: number, before: number, size: number): MemoryWrite | undefined {
    return this.#lastWider.first(gpa, after, before, size);
  }

  /** The first row at `gpa` at step `from` or later, before `before`, of more than `size` bytes. */
  nextWider(gpa: number, from: number, before: number, size: number): MemoryWrite | undefined {
    return this.#nextWider.first(gpa, from, before, size);
  }

  /** The rows of the steps from `from` up to, not including, `to`; by step, then gpa. */
  between(from: number, to: number): MemoryWrite[] {
    return this.#between.all(from, to);
  }
}

function decodeWrite(row: Row): MemoryWrite {
  const size = natural(row, 2);
  if (size < 1 || size > MAX_WRITE_SIZE) throw new WrongValueError('a size of 1 to 8', row[2]);
  return { gpa: natural(row, 0), step: writeStep(row, 1), size, value: signed(row, 3) };
}

function decodeSlot(row: Row): MemorySlot {
  return {
    slot: natural(row, 0),
    gpa: natural(row, 1),
    size: natural(row, 2),
    readonly: natural(row, 3) !== 0,
    purpose: text(row, 4),
  };
}
