/**
 * The trace in order of steps, for who follows an execution along: all tables are read chunk by
 * chunk and merged. Each step is a run of 32-bit words:
 *
 *   words of the whole step (this one included), instruction, registers, memory rows,
 *   id, low, high of each register, by id,
 *   gpa low, gpa high, size, low, high of each memory row, by gpa and size,
 *   and where there are any, the words of step-stream-rare.ts
 */
import type { Statement } from 'better-sqlite3';
import type { Connection } from './connection.js';
import type { EventReader } from './events.js';
import { damaged } from './sqlite-errors.js';
import { rareWords } from './step-stream-rare.js';

/** Steps merged at a time. */
const CHUNK_STEPS = 8192;
/** Words of a step before its registers. */
export const STEP_HEAD_WORDS = 4;

/** No ports, MMIO, interruptions, inputs. */
const NO_RARE = [0, 0, 0, 0];

type NumberRow = readonly number[];
/** A 64-bit column as two numbers: faster than BigInt, and what the words want. */
const halves = (column: string): string => `${column} & 4294967295, ${column} >> 32`;

export class StepStream {
  readonly #connection: Connection;
  readonly #events: EventReader;
  readonly #steps: Statement<number[], NumberRow>;
  readonly #registers: Statement<number[], NumberRow>;
  readonly #memory: Statement<number[], NumberRow>;
  readonly #registerIds: readonly number[];

  constructor(connection: Connection, events: EventReader) {
    this.#connection = connection;
    this.#events = events;
    const { table, ids } = connection.guard('register_write', () => ({
      ids: writtenRegisters(connection),
      table: hasStepIndex(connection) ? 'memory_write' : sortMemory(connection),
    }));
    this.#registerIds = ids;
    const prepare = (sql: string): Statement<number[], NumberRow> =>
      connection.database.prepare<number[], NumberRow>(sql).raw();
    this.#steps = prepare('SELECT id, instruction FROM step WHERE id >= ? AND id < ? ORDER BY id');
    this.#registers = prepare(
      `SELECT step, ${halves('value')} FROM register_write WHERE register = ? AND step >= ? AND step < ?`,
    );
    this.#memory = prepare(
      `SELECT step, ${halves('gpa')}, size, ${halves('value')} FROM ${table}
       WHERE step >= ? AND step < ? ORDER BY step, gpa, size`,
    );
  }

  /**
   * Passes steps `from` up to, not including, `to` to `put` one at a time, each with all its counts:
   * instruction, registers, their words, memory rows, their words, the words of step-stream-rare.ts.
   */
  read(from: number, to: number, put: (words: number[]) => void): void {
    this.readMany(from, to, (words) => {
      for (let at = 0; at < words.length; at += words[at]!) put(spellOut(words, at));
    });
  }

  /** Passes the words of steps `from` up to, not including, `to` to `put`, many steps at a time. */
  readMany(from: number, to: number, put: (words: Int32Array) => void): void {
    for (let start = from; start < to; start += CHUNK_STEPS) {
      put(this.#chunk(start, Math.min(to, start + CHUNK_STEPS)));
    }
  }

  #chunk(start: number, end: number): Int32Array {
    const count = end - start;
    const instructions = this.#guard('step', () => this.#steps.all(start, end));
    for (let i = 0; i < count; i++) {
      if (instructions[i]?.[0] !== start + i) {
        throw damaged(this.#connection.path, `step ${start + i} is missing`);
      }
    }
    const registers = this.#guard('register_write', () =>
      this.#registerIds.map((id) => this.#registers.all(id, start, end)),
    );
    const memory = this.#guard('memory_write', () => this.#memory.all(start, end));
    const rare = rareWords(this.#events, start, end);

    // Where each step's words begin.
    const starts = new Int32Array(count + 1);
    for (const rows of registers) for (const row of rows) starts[row[0]! - start]! += 3;
    for (const row of memory) starts[row[0]! - start]! += 5;
    for (const [step, words] of rare) starts[step - start]! += words.length;
    let total = 0;
    for (let i = 0; i < count; i++) {
      const length = starts[i]! + STEP_HEAD_WORDS;
      starts[i] = total;
      total += length;
    }
    starts[count] = total;

    const words = new Int32Array(total);
    // The next free word of each step.
    const at = starts.slice();
    for (let i = 0; i < count; i++) {
      const base = starts[i]!;
      words[base] = starts[i + 1]! - base;
      words[base + 1] = instructions[i]![1]!;
      at[i] = base + STEP_HEAD_WORDS;
    }
    registers.forEach((rows, i) => {
      const id = this.#registerIds[i]!;
      for (const row of rows) {
        const step = row[0]! - start;
        const to = at[step]!;
        words[to] = id;
        words[to + 1] = row[1]!;
        words[to + 2] = row[2]!;
        at[step] = to + 3;
        words[starts[step]! + 2]!++;
      }
    });
    for (const row of memory) {
      const step = row[0]! - start;
      const to = at[step]!;
      words[to] = row[1]!;
      words[to + 1] = row[2]!;
      words[to + 2] = row[3]!;
      words[to + 3] = row[4]!;
      words[to + 4] = row[5]!;
      at[step] = to + 5;
      words[starts[step]! + 3]!++;
    }
    for (const [step, rows] of rare) words.set(rows, at[step - start]);
    return words;
  }

  #guard<T>(about: string, read: () => T): T {
    return this.#connection.guard(about, read);
  }
}

/** One step of `words` with a count before each of its parts. */
function spellOut(words: Int32Array, at: number): number[] {
  const [length, instruction, registers, rows] = words.subarray(at, at + STEP_HEAD_WORDS);
  const memoryAt = at + STEP_HEAD_WORDS + 3 * registers!;
  const rareAt = memoryAt + 5 * rows!;
  const rare = rareAt < at + length! ? words.subarray(rareAt, at + length!) : NO_RARE;
  return [
    instruction!,
    registers!,
    ...words.subarray(at + STEP_HEAD_WORDS, memoryAt),
    rows!,
    ...words.subarray(memoryAt, rareAt),
    ...rare,
  ];
}

/** The registers that are ever written, by id: one descent of the primary key each. */
function writtenRegisters({ database }: Connection): number[] {
  return database
    .prepare<[], number>(
      `WITH RECURSIVE written(id) AS (
         SELECT min(register) FROM register_write
         UNION ALL
         SELECT (SELECT min(register) FROM register_write WHERE register > id)
         FROM written WHERE id IS NOT NULL
       ) SELECT id FROM written WHERE id IS NOT NULL`,
    )
    .pluck()
    .all();
}

/** The index that is built when a recording closes. */
function hasStepIndex({ database }: Connection): boolean {
  const sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'memory_write_step'";
  return database.prepare<[], number>(sql).pluck().get()! > 0;
}

/** For a recording that was cut short: a copy of memory_write in order of steps, on the side. */
function sortMemory({ database }: Connection): string {
  database.exec(
    `CREATE TEMP TABLE memory_by_step (step, gpa, size, value, PRIMARY KEY (step, gpa, size)) WITHOUT ROWID;
     INSERT INTO memory_by_step SELECT step, gpa, size, value FROM memory_write`,
  );
  return 'temp.memory_by_step';
}
