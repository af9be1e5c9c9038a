/**
 * The trace in order of steps, to follow an execution along: all tables are read chunk by
 * chunk and merged. Each step is a run of 32-bit words:
 *
 *   words of the whole step (this one included), instruction, registers, memory rows,
 *   id, low, high of each register, by id,
 *   gpa low, gpa high, size, low, high of each memory row, by gpa and size,
 *   and where there are any, the words of step-stream-rare.ts
 */
import type { Statement } from 'better-sqlite3';
import type { Connection } from '../connection.js';
import type { EventReader } from '../events.js';
import { parseNumbers, parseWords } from '../number-list.js';
import { damaged } from '../sqlite-errors.js';
import { rareWords } from './step-stream-rare.js';
import { hasStepIndex, sortMemory, writtenRegisters } from './step-stream-source.js';

/** Steps merged at a time. */
const CHUNK_STEPS = 8192;
/** Words of a step before its registers. */
export const STEP_HEAD_WORDS = 4;

/** Stand for a size or a register that no write has, which as a word might look like one. */
const NO_SIZE = 0;
const NO_REGISTER = -1;

/** No ports, MMIO, interruptions, inputs. */
const NO_RARE = [0, 0, 0, 0];

type NumberRow = readonly number[];
/** A 64-bit column as two numbers: faster than BigInt, and what the words want. */
const halves = (column: string): string => `${column} & 4294967295, ${column} >> 32`;

/** Writes of one register, by step. */
interface RegisterColumn {
  readonly id: number;
  readonly count: number;
  /** Relative to the chunk's first step. */
  readonly step: Int32Array;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Reads the steps of a trace in order. */
export class StepStream {
  readonly #connection: Connection;
  readonly #events: EventReader;
  readonly #steps: Statement<number[], number>;
  readonly #registers: Statement<
    (number | bigint)[],
    [steps: string | null, values: string | null]
  >;
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
    const { database } = connection;
    this.#steps = database
      .prepare<number[], number>(
        'SELECT instruction FROM step WHERE id >= ? AND id < ? ORDER BY id',
      )
      .pluck();
    // As two texts: half of what it costs to fetch so many rows.
    this.#registers = database
      .prepare<(number | bigint)[], [steps: string | null, values: string | null]>(
        `SELECT group_concat(step - ?), group_concat(value)
         FROM register_write WHERE register = ? AND step >= ? AND step < ?`,
      )
      .raw();
    this.#memory = database
      .prepare<number[], NumberRow>(
        `SELECT step, ${halves('gpa')}, size, ${halves('value')} FROM ${table}
         WHERE step >= ? AND step < ? ORDER BY step, gpa, size`,
      )
      .raw();
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
    if (instructions.length !== count) throw this.#missingStep(start, end);
    const registers = this.#guard('register_write', () => this.#registerColumns(start, end));
    const memory = this.#guard('memory_write', () => this.#memory.all(start, end));
    const rare = rareWords(this.#events, start, end);

    // Where each step's words begin.
    const starts = new Int32Array(count + 1);
    for (const { step, count: writes } of registers) {
      for (let i = 0; i < writes; i++) starts[step[i]!]! += 3;
    }
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
      words[base + 1] = this.#instruction(instructions[i]!, start + i);
      at[i] = base + STEP_HEAD_WORDS;
    }
    for (const { id, count: writes, step: steps, low, high } of registers) {
      for (let i = 0; i < writes; i++) {
        const step = steps[i]!;
        const to = at[step]!;
        words[to] = isWord(id) ? id : NO_REGISTER;
        words[to + 1] = low[i]!;
        words[to + 2] = high[i]!;
        at[step] = to + 3;
        words[starts[step]! + 2]!++;
      }
    }
    for (const row of memory) {
      const step = row[0]! - start;
      const to = at[step]!;
      words[to] = row[1]!;
      words[to + 1] = row[2]!;
      words[to + 2] = isWord(row[3]!) ? row[3]! : NO_SIZE;
      words[to + 3] = row[4]!;
      words[to + 4] = row[5]!;
      at[step] = to + 5;
      words[starts[step]! + 3]!++;
    }
    for (const [step, rows] of rare) words.set(rows, at[step - start]);
    return words;
  }

  /** Ids that are no words are of no instruction. */
  #instruction(id: number, step: number): number {
    if (isWord(id)) return id;
    throw damaged(this.#connection.path, `step ${step} ran instruction ${id}, which is missing`);
  }

  /** The writes of each register that has any. */
  #registerColumns(start: number, end: number): RegisterColumn[] {
    const columns: RegisterColumn[] = [];
    for (const id of this.#registerIds) {
      // A number would be bound as a real one, and so would be what is subtracted from it.
      const [steps, values] = this.#registers.get(BigInt(start), id, start, end)!;
      if (steps === null || values === null) continue;
      // No more than one a step.
      const step = new Int32Array(end - start);
      const low = new Int32Array(end - start);
      const high = new Int32Array(end - start);
      const count = parseNumbers(steps, step);
      parseWords(values, low, high);
      columns.push({ id, count, step, low, high });
    }
    return columns;
  }

  #missingStep(start: number, end: number): Error {
    const ids = this.#connection.database
      .prepare<[number, number], number>('SELECT id FROM step WHERE id >= ? AND id < ? ORDER BY id')
      .pluck()
      .all(start, end);
    const missing = ids.findIndex((id, i) => id !== start + i);
    const step = start + (missing < 0 ? ids.length : missing);
    return damaged(this.#connection.path, `step ${step} is missing`);
  }

  #guard<T>(about: string, read: () => T): T {
    return this.#connection.guard(about, read);
  }
}

function isWord(value: number): boolean {
  return value === (value | 0);
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
