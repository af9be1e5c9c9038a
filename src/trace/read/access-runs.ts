/** Rows of access_run: many accesses to memory each, packed. */
import type { Connection, Query } from './connection.js';
import { natural, text, WrongValueError, type Row } from './values.js';

/** A packed row of accesses; see schema/README.md. */
export interface AccessRun {
  readonly unit: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** A JSON array: see `unpack`. */
  readonly accesses: string;
}

/** Which rows of a unit may tell of an access that is looked for. */
export interface UnitFilter {
  readonly unit: number;
  /** Those that read or write one of the bytes in these masks, two's complement; */
  readonly read: bigint;
  readonly write: bigint;
  /** or that reach farther than so many bytes from the start of the unit. */
  readonly reach: number;
}

/** The same for the units from `first` to `last`, inclusive. */
export interface UnitRange {
  readonly first: number;
  readonly last: number;
  readonly read: bigint;
  readonly write: bigint;
}

/** A row that is not read yet. */
export interface RunKey {
  readonly id: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

const RUN = 'SELECT unit, first_step, last_step, accesses FROM access_run WHERE';
const KEY = 'SELECT id, first_step, last_step FROM access_run WHERE';
const USES = '((read_bytes & ?) | (write_bytes & ?)) <> 0';
const OF_UNIT = `unit = ? AND (${USES} OR reach > ?)`;
const OF_RANGE = `unit >= ? AND unit <= ? AND ${USES}`;

/** Rows of access_run, wherever they are. */
export interface RunSource {
  /** The newest row that begins before a step. */
  newest(filter: UnitFilter, before: number): AccessRun | undefined;
  /** Rows that begin before a step and end after another, those that end last first. */
  newestFirst(range: UnitRange, before: number, after: number): Iterable<RunKey>;
  run(key: RunKey): AccessRun | undefined;
  /** The numbers of a row. */
  unpack(run: AccessRun): readonly number[];
}

/** Reads rows of access_run by where they lie and when. */
export class AccessRunReader implements RunSource {
  readonly #connection: Connection;
  readonly #between: Query<AccessRun>;
  readonly #byId: Query<AccessRun>;
  readonly #newest: Query<AccessRun>;
  readonly #oldest: Query<AccessRun>;
  readonly #newestKeys: Query<RunKey>;
  readonly #oldestKeys: Query<RunKey>;

  constructor(connection: Connection) {
    this.#connection = connection;
    const runs = (sql: string): Query<AccessRun> =>
      connection.query('access_run', `${RUN} ${sql}`, decodeRun);
    const keys = (sql: string): Query<RunKey> =>
      connection.query('access_run', `${KEY} ${sql}`, (row) => ({
        id: natural(row, 0),
        firstStep: natural(row, 1),
        lastStep: natural(row, 2),
      }));
    this.#between = runs(
      'unit >= ? AND unit <= ? AND last_step >= ? AND first_step < ? ORDER BY unit, first_step',
    );
    this.#byId = runs('id = ?');
    this.#newest = runs(`${OF_UNIT} AND first_step < ? ORDER BY first_step DESC LIMIT 1`);
    this.#oldest = runs(`${OF_UNIT} AND first_step >= ? ORDER BY first_step LIMIT 1`);
    this.#newestKeys = keys(
      `${OF_RANGE} AND first_step < ? AND last_step > ? ORDER BY last_step DESC`,
    );
    this.#oldestKeys = keys(`${OF_RANGE} AND last_step >= ? ORDER BY first_step`);
  }

  /** Rows of the units from `first` to `last`, inclusive, with accesses at steps from…to - 1. */
  between(first: number, last: number, from: number, to: number): AccessRun[] {
    return this.#between.all(first, last, from, to);
  }

  newest({ unit, read, write, reach }: UnitFilter, before: number): AccessRun | undefined {
    return this.#newest.first(unit, read, write, reach, before);
  }

  /** The first row that begins at a step or later. */
  oldest({ unit, read, write, reach }: UnitFilter, from: number): AccessRun | undefined {
    return this.#oldest.first(unit, read, write, reach, from);
  }

  newestFirst(range: UnitRange, before: number, after: number): Generator<RunKey> {
    return this.#newestKeys.each(...units(range), before, after);
  }

  /** Rows that end at a step or later, those that begin first first. */
  oldestFirst(range: UnitRange, from: number): Generator<RunKey> {
    return this.#oldestKeys.each(...units(range), from);
  }

  run({ id }: RunKey): AccessRun | undefined {
    return this.#byId.first(id);
  }

  unpack({ accesses }: AccessRun): readonly number[] {
    return this.#connection.guard('access_run', () => parseNumbers(accesses));
  }
}

/**
 * The numbers of a JSON array from the file; anything but integers from 0 on is a WrongValueError.
 */
export function parseNumbers(json: string): number[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Falls through to the error below.
  }
  if (!Array.isArray(value) || !value.every((each) => Number.isSafeInteger(each) && each >= 0)) {
    throw new WrongValueError('an array of numbers', json);
  }
  return value as number[];
}

function units({ first, last, read, write }: UnitRange): [number, number, bigint, bigint] {
  return [first, last, read, write];
}

function decodeRun(row: Row): AccessRun {
  const unit = row[0];
  if (typeof unit !== 'bigint') throw new WrongValueError('an integer', unit);
  return {
    unit: Number(unit),
    firstStep: natural(row, 1),
    lastStep: natural(row, 2),
    accesses: text(row, 3),
  };
}
