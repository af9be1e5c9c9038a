import {
  MAX_REGISTERS,
  REGISTER_RFLAGS,
  REGISTERS,
  type RegisterInfo,
} from '../format/registers.js';
import type { Connection, Query } from './connection.js';
import { HeldBits } from './held-bits.js';
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
  /** Of registers that seldom change: the last row that was found, and up to which state it counts. */
  readonly #held = new Map<number, { write: RegisterWrite; until: number }>();
  readonly #heldBits = new HeldBits(this);

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
      `${columns} WHERE register = ? AND step >= ? AND step < ? AND (value & ?) <> ?
       ORDER BY step DESC LIMIT 1`,
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
    if (register <= REGISTER_RFLAGS) return this.#last.first(register, before);
    const held = this.#held.get(register);
    if (held !== undefined && before > held.write.step && before <= held.until) return held.write;
    const write = this.#last.first(register, before);
    if (write === undefined) return undefined;
    // Without a later row the next may still be recorded.
    const until = this.#next.first(register, before)?.step ?? before;
    this.#held.set(register, { write, until });
    return write;
  }

  /**
   * The newest write from `from` up to, not including, `before` of a value whose bits in `mask` are not
   * `bits`. Goes through the rows that do not: some ten million a second.
   */
  lastOther(
    register: number,
    { from, before }: { readonly from: number; readonly before: number },
    mask: bigint,
    bits: bigint,
  ): RegisterWrite | undefined {
    const [signedMask, signedBits] = [BigInt.asIntN(64, mask), BigInt.asIntN(64, bits)];
    return this.#lastOther.first(register, from, before, signedMask, signedBits);
  }

  /** The newest step before `before` that changed one of the bits in `mask`; -1: none has. */
  lastChange(register: number, mask: bigint, before: number): number {
    return this.#heldBits.lastChange(register, mask, before);
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
    const row = this.#row(first, end);
    if (row !== undefined) return row.first({ state }) ?? [];
    return this.#state.all(state, first, end).filter((value) => value !== undefined);
  }

  /** One row with a column a register; undefined where there are too many of them. */
  #row(first: number, end: number): Query<RegisterValue[]> | undefined {
    const key = `${first} ${end}`;
    let query = this.#rows.get(key);
    if (query === undefined) {
      const wanted = this.list.filter(({ id }) => id >= first && id < end);
      if (wanted.length === 0 || wanted.length > MAX_COLUMNS) return undefined;
      const columns = wanted.map(
        ({ id }) => `(SELECT value FROM register_write WHERE register = ${id} AND step < :state
                      ORDER BY step DESC LIMIT 1)`,
      );
      query = this.#connection.query('register_write', `SELECT ${columns.join()}`, (row) => {
        const values: RegisterValue[] = [];
        for (let i = 0; i < wanted.length; i++) {
          if (row[i] === null) continue;
          const { id, name, bits } = wanted[i]!;
          values.push({ id, name, bits, value: unsigned(row, i) });
        }
        return values;
      });
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

/** Ids are part of the format: a row with a known id is that register. */
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
