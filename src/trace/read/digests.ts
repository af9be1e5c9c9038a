import { DIGEST_STEPS } from '../format/schema.js';
import type { Connection, Query } from './connection.js';
import { signed, writeStep } from './values.js';

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
  readonly #first: Query<DigestRow>;
  #knownPhase: number | undefined;

  constructor(connection: Connection) {
    const decode = (row: Parameters<typeof signed>[0]): DigestRow => ({
      step: writeStep(row, 0),
      chunk: signed(row, 1),
      chain: signed(row, 2),
    });
    this.#at = connection.query('digest', `${COLUMNS} WHERE step = ?`, decode);
    this.#between = connection.query('digest', `${COLUMNS} WHERE step >= ? AND step < ?`, decode);
    this.#first = connection.query(
      'digest',
      `${COLUMNS} WHERE step >= 0 ORDER BY step LIMIT 1`,
      decode,
    );
    this.#last = connection.query('digest', `${COLUMNS} ORDER BY step DESC LIMIT 1`, decode);
  }

  /** Steps that the first chunk lacks: 0, unless the trace is a fork or shorter than a chunk. */
  get phase(): number {
    if (this.#knownPhase === undefined) {
      const first = this.#first.first();
      const steps = first === undefined ? 0 : (first.step + 1) % DIGEST_STEPS;
      this.#knownPhase = steps === 0 ? 0 : DIGEST_STEPS - steps;
    }
    return this.#knownPhase;
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
