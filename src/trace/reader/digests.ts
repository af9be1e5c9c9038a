import type { Connection, Query } from './connection.js';
import { signed, writeStep } from './values.js';

/** Steps that one row of `digest` covers; the first row, step -1, covers the initial registers. */
export const DIGEST_STEPS = 1024;

/** Hashes of a chunk of steps; `step` is the last of them. */
export interface DigestRow {
  readonly step: number;
  /** Of what the steps of this chunk did. */
  readonly chunk: bigint;
  /** Of everything so far. */
  readonly chain: bigint;
}

const COLUMNS = 'SELECT step, chunk, chain FROM digest';

/** The hashes kept while recording: equal hashes mean equal steps, as far as 64 bits can tell. */
export class DigestReader {
  readonly #at: Query<DigestRow>;
  readonly #last: Query<DigestRow>;
  readonly #between: Query<DigestRow>;

  constructor(connection: Connection) {
    const decode = (row: Parameters<typeof signed>[0]): DigestRow => ({
      step: writeStep(row, 0),
      chunk: signed(row, 1),
      chain: signed(row, 2),
    });
    this.#at = connection.query('digest', `${COLUMNS} WHERE step = ?`, decode);
    this.#between = connection.query('digest', `${COLUMNS} WHERE step >= ? AND step < ?`, decode);
    this.#last = connection.query('digest', `${COLUMNS} ORDER BY step DESC LIMIT 1`, decode);
  }

  /** The row of the chunk that ends with `step`. */
  at(step: number): DigestRow | undefined {
    return this.#at.first(step);
  }

  /** The rows of the chunks that end from step `from` up to, not including, `to`. */
  between(from: number, to: number): DigestRow[] {
    return this.#between.all(from, to);
  }

  last(): DigestRow | undefined {
    return this.#last.first();
  }
}
