import { MAX_REGISTERS, REGISTERS, type RegisterInfo } from '../format/registers.js';
import type { Connection, Query } from './connection.js';
import { natural, text, unsigned, within, writeStep, WrongValueError, type Row } from './values.js';

/** A register and its value at some state, unsigned. */
export interface RegisterValue extends RegisterInfo {
  readonly value: bigint;
}

/** A register's new value. `step` is -1 for the initial value. */
export interface RegisterWrite {
  /** Id in `register`. */
  readonly register: number;
  readonly step: number;
  /** Unsigned. */
  readonly value: bigint;
}

/** The newest write to a register before a step, by one descent of the primary key. */
const NEWEST = 'w.register = r.id AND w.step < ? ORDER BY w.step DESC LIMIT 1';

/** Up to this many registers are read as the columns of one row, which costs half as much. */
const MAX_COLUMNS = 32;

/** Reads values of registers at a state and what steps wrote. */
export class RegisterReader {
  /** The registers that the trace knows, by id. */
  readonly list: readonly RegisterInfo[];
  readonly #byName: ReadonlyMap<string, RegisterInfo>;
  readonly #byId: ReadonlyMap<number, RegisterInfo>;
  readonly #last: Query<RegisterWrite>;
  /** A row that decodeWrite refuses. */
  readonly #before: Query<RegisterWrite>;
  readonly #lastOther: Query<RegisterWrite>;
  readonly #next: Query<RegisterWrite>;
  readonly #between: Query<RegisterWrite>;
  readonly #state: Query<RegisterValue | undefined>;
  readonly #rows = new Map<string, Query<RegisterValue[]>>();
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    const list = connection.query(
      'register',
      'SELECT id, name, bits FROM register ORDER BY id',
      decodeRegister,
    );
    this.list = list.all();
    this.#byName = new Map(this.list.map((register) => [register.name, register]));
    this.#byId = new Map(this.list.map((register) => [register.id, register]));
    const columns = 'SELECT register, step, value FROM register_write';
    this.#last = connection.query(
      'register_write',
      `${columns} WHERE register = ? AND step < ? ORDER BY step DESC LIMIT 1`,
      decodeWrite,
    );
    this.#lastOther = connection.query(
      'register_write',
      `${columns} WHERE register = ? AND step < ? AND (value & ?) <> ? ORDER BY step DESC LIMIT 1`,
      decodeWrite,
    );
    this.#next = connection.query(
      'register_write',
      `${columns} WHERE register = ? AND step >= ? ORDER BY step LIMIT 1`,
      decodeWrite,
    );
    this.#before = connection.query(
      'register_write',
      `${columns} WHERE register = ? AND step < ? LIMIT 1`,
      decodeWrite,
    );
    // CROSS JOIN keeps SQLite from reading the whole of register_write for the few rows.
    this.#between = connection.query(
      'register_write',
      `SELECT w.register, w.step, w.value FROM register r CROSS JOIN register_write w
       ON w.register = r.id AND w.step >= ? AND w.step < ? ORDER BY w.step, w.register`,
      decodeWrite,
    );
    this.#state = connection.query(
      'register_write',
      `SELECT r.id, (SELECT w.value FROM register_write w WHERE ${NEWEST})
       FROM register r WHERE r.id >= ? AND r.id < ? ORDER BY r.id`,
      (row) => this.#decodeValue(row),
    );
  }

  named(name: string): RegisterInfo | undefined {
    return this.#byName.get(name);
  }

  /** The newest write at a step before `before`: what made the value of state `before`. */
  last(register: number, before: number): RegisterWrite | undefined {
    return this.#last.first(register, before);
  }

  /**
   * The newest write before `before` of a value that differs from `value` in the bits of `mask`. Goes
   * through the rows that do not: some ten million a second.
   */
  lastOther(
    register: number,
    before: number,
    mask: bigint,
    value: bigint,
  ): RegisterWrite | undefined {
    const bits = BigInt.asIntN(64, mask);
    return this.#lastOther.first(register, before, bits, BigInt.asIntN(64, value) & bits);
  }

  /** The first write at step `from` or later. */
  next(register: number, from: number): RegisterWrite | undefined {
    return this.#next.first(register, from);
  }

  /** Throws a KvmtraceError where a register has a row before that of its initial value. */
  checkInitial(): void {
    for (const { id } of this.list) this.#before.first(id, -1);
  }

  /** The writes of the steps from `from` up to, not including, `to`; by step, then register. */
  between(from: number, to: number): RegisterWrite[] {
    return this.#between.all(from, to);
  }

  /**
   * The values at state `state` of the registers with ids from `first` up to, not including, `end`,
   * in order of id. Registers that were not recorded are left out.
   */
  values(state: number, first = 0, end = Number.MAX_SAFE_INTEGER): RegisterValue[] {
    const wanted = this.list.filter(({ id }) => id >= first && id < end);
    if (wanted.length === 0 || wanted.length > MAX_COLUMNS) {
      return this.#state.all(state, first, end).filter((value) => value !== undefined);
    }
    return this.#row(`${first} ${end}`, wanted).first({ state }) ?? [];
  }

  #row(key: string, wanted: readonly RegisterInfo[]): Query<RegisterValue[]> {
    let query = this.#rows.get(key);
    if (query === undefined) {
      const columns = wanted.map(
        ({ id }) => `(SELECT value FROM register_write WHERE register = ${id} AND step < :state
                      ORDER BY step DESC LIMIT 1)`,
      );
      query = this.#connection.query('register_write', `SELECT ${columns.join()}`, (row) =>
        wanted.flatMap((register, i) =>
          row[i] === null ? [] : { ...register, value: unsigned(row, i) },
        ),
      );
      this.#rows.set(key, query);
    }
    return query;
  }

  #decodeValue(row: Row): RegisterValue | undefined {
    return row[1] === null
      ? undefined
      : { ...this.#byId.get(natural(row, 0))!, value: unsigned(row, 1) };
  }
}

/** Ids are part of the format: what has one of ours is that register. */
function decodeRegister(row: Row): RegisterInfo {
  const register = {
    id: within(row, 0, 0, MAX_REGISTERS - 1, `a register's id, below ${MAX_REGISTERS}`),
    name: text(row, 1),
    bits: within(row, 2, 1, 64, 'a width of 1 to 64 bits'),
  };
  const ours = REGISTERS[register.id];
  if (ours !== undefined && (ours.name !== register.name || ours.bits !== register.bits)) {
    throw new WrongValueError(
      `${ours.name} of ${ours.bits} bits`,
      `${register.name} of ${register.bits} bits`,
    );
  }
  return register;
}

function decodeWrite(row: Row): RegisterWrite {
  return { register: natural(row, 0), step: writeStep(row, 1), value: unsigned(row, 2) };
}
