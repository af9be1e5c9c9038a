/**
 * The trace in order of steps, for who follows an execution along: all tables are read chunk by
 * chunk and merged. Each step is a run of 32-bit words:
 *
 *   instruction,
 *   registers, then id, low, high of each, by id,
 *   memory rows, then gpa low, gpa high, size, low, high of each, by gpa and size,
 *   port rows, then direction, port, size, count, byte length, bytes (padded) of each,
 *   mmio rows, then direction, gpa low, gpa high, byte length, bytes (padded) of each,
 *   interruptions before the next step, then kind, vector, flags, error code, cr2 low, cr2 high,
 *     rip low, rip high of each,
 *   inputs, then kind, low, high of each
 */
import type { Connection } from './connection.js';
import type { EventReader } from './events.js';
import { INPUT_KINDS, INTERRUPTION_KINDS, InterruptionFlag } from '../events.js';

interface StepWords {
  readonly step: number;
  readonly words: readonly number[];
}

/** Steps merged at a time. */
const CHUNK_STEPS = 4096;

type NumberRow = readonly number[];
/** A 64-bit column as two numbers: faster than BigInt, and what the words want. */
const halves = (column: string): string => `${column} & 4294967295, ${column} >> 32`;

export class StepStream {
  readonly #connection: Connection;
  readonly #events: EventReader;
  readonly #registerIds: readonly number[];
  readonly #memorySql: string;

  constructor(connection: Connection, events: EventReader) {
    this.#connection = connection;
    this.#events = events;
    this.#registerIds = this.#numbers('register', 'SELECT id FROM register ORDER BY id').map(
      ([id]) => id!,
    );
    const table = this.#hasStepIndex() ? 'memory_write' : this.#sortMemory();
    this.#memorySql = `SELECT step, ${halves('gpa')}, size, ${halves('value')} FROM ${table}
      WHERE step >= ? AND step < ? ORDER BY step, gpa, size`;
  }

  /** Passes the words of steps `from` up to, not including, `to` to `put`, a step at a time. */
  read(from: number, to: number, put: (words: number[]) => void): void {
    for (let start = from; start < to; start += CHUNK_STEPS) {
      const end = Math.min(to, start + CHUNK_STEPS);
      const chunk = this.#chunk(start, end);
      for (const words of chunk) put(words);
    }
  }

  #chunk(start: number, end: number): number[][] {
    const steps = this.#numbers(
      'step',
      'SELECT instruction FROM step WHERE id >= ? AND id < ? ORDER BY id',
      start,
      end,
    ).map(([instruction]) => [instruction!]);
    const section = (rows: Iterable<StepWords>): void => {
      const counts = new Int32Array(steps.length);
      const bodies: number[][] = [];
      for (const { step, words } of rows) {
        const index = step - start;
        if (index < 0 || index >= steps.length) continue;
        counts[index]!++;
        (bodies[index] ??= []).push(...words);
      }
      steps.forEach((step, i) => {
        step.push(counts[i]!);
        const body = bodies[i];
        if (body === undefined) return;
        for (const word of body) step.push(word);
      });
    };
    section(this.#registers(start, end));
    section(this.#memory(start, end));
    section(this.#ports(start, end));
    section(this.#mmio(start, end));
    section(this.#interruptions(start, end));
    section(this.#inputs(start, end));
    return steps;
  }

  *#registers(start: number, end: number): Iterable<StepWords> {
    const sql = `SELECT step, ${halves('value')} FROM register_write
      WHERE register = ? AND step >= ? AND step < ?`;
    for (const id of this.#registerIds) {
      for (const [step, low, high] of this.#numbers('register_write', sql, id, start, end)) {
        yield { step: step!, words: [id, low! | 0, high! | 0] };
      }
    }
  }

  *#memory(start: number, end: number): Iterable<StepWords> {
    for (const row of this.#numbers('memory_write', this.#memorySql, start, end)) {
      const [step, gpaLow, gpaHigh, size, low, high] = row;
      yield { step: step!, words: [gpaLow! | 0, gpaHigh! | 0, size!, low! | 0, high! | 0] };
    }
  }

  *#ports(start: number, end: number): Iterable<StepWords> {
    for (const { step, port, direction, size, count, data } of this.#events.ports(start, end)) {
      const write = direction === 'out' ? 1 : 0;
      yield { step, words: [write, port, size, count, ...packBytes(data)] };
    }
  }

  *#mmio(start: number, end: number): Iterable<StepWords> {
    for (const { step, gpa, direction, data } of this.#events.mmio(start, end)) {
      const write = direction === 'write' ? 1 : 0;
      yield { step, words: [write, ...split(BigInt(gpa)), ...packBytes(data)] };
    }
  }

  *#interruptions(start: number, end: number): Iterable<StepWords> {
    for (const event of this.#events.interruptions(start + 1, end + 1)) {
      const { step, kind, vector, errorCode, cr2, rip, assisted } = event;
      const flags =
        (errorCode === undefined ? 0 : InterruptionFlag.errorCode) |
        (cr2 === undefined ? 0 : InterruptionFlag.cr2) |
        (assisted ? InterruptionFlag.assisted : 0);
      const words = [
        INTERRUPTION_KINDS.indexOf(kind),
        vector,
        flags,
        Number(BigInt.asIntN(32, errorCode ?? 0n)),
        ...split(cr2 ?? 0n),
        ...split(rip),
      ];
      yield { step: step - 1, words };
    }
  }

  *#inputs(start: number, end: number): Iterable<StepWords> {
    for (const { step, kind, value } of this.#events.inputs(start, end)) {
      const index = (INPUT_KINDS as readonly string[]).indexOf(kind);
      yield { step, words: [index, ...split(value)] };
    }
  }

  /** The index that is built when a recording closes. */
  #hasStepIndex(): boolean {
    const sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'memory_write_step'";
    return this.#numbers('sqlite_schema', sql)[0]![0]! > 0;
  }

  /** For a recording that was cut short: a copy of memory_write in order of steps, on the side. */
  #sortMemory(): string {
    this.#connection.guard('memory_write', () => {
      this.#connection.database.exec(
        `CREATE TEMP TABLE memory_by_step (step, gpa, size, value, PRIMARY KEY (step, gpa, size)) WITHOUT ROWID;
         INSERT INTO memory_by_step SELECT step, gpa, size, value FROM memory_write`,
      );
    });
    return 'temp.memory_by_step';
  }

  #numbers(about: string, sql: string, ...parameters: number[]): NumberRow[] {
    return this.#rows(about, sql, ...parameters) as NumberRow[];
  }

  #rows(about: string, sql: string, ...parameters: number[]): unknown[][] {
    return this.#connection.guard(about, () => {
      let statement = this.#statements.get(sql);
      if (statement === undefined) {
        statement = this.#connection.database.prepare(sql).raw();
        this.#statements.set(sql, statement);
      }
      return statement.all(parameters) as unknown[][];
    });
  }

  readonly #statements = new Map<string, ReturnType<Connection['database']['prepare']>>();
}

function packBytes(data: Uint8Array): number[] {
  const padded = new Uint8Array((data.length + 3) & ~3);
  padded.set(data);
  return [data.length, ...new Int32Array(padded.buffer)];
}

function split(value: bigint): [low: number, high: number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}
