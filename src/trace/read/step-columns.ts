/**
 * The event stream for passes over a whole trace, as columns of thousands of steps at a time: what a
 * decoder needs to follow the execution along, and no more.
 */
import type { Statement } from 'better-sqlite3';
import type { Connection } from './connection.js';
import { parseNumbers, parseWords } from './number-list.js';
import { damaged } from './sqlite-errors.js';
import { natural, WrongValueError } from './values.js';

/** Steps in a chunk. */
export const CHUNK_STEPS = 16_384;

/** Rows of some table in order of step. Arrays are as long as they are; `count` of them count. */
export interface Changes {
  count: number;
  /** Relative to the chunk's first step. */
  step: Float64Array;
  /** Registers: the id. */
  register: Int32Array;
  low: Int32Array;
  high: Int32Array;
}

/** Rows of memory_write in order of step, then gpa. */
export interface MemoryRows {
  count: number;
  step: Float64Array;
  gpa: Float64Array;
  size: Float64Array;
}

/** Steps as columns; the arrays are used again for the next chunk. */
export interface StepChunk {
  first: number;
  count: number;
  /** Instruction id of each step; integers from 0 on that may index an array. */
  readonly instructions: Float64Array;
  /** By register, then step. */
  readonly registers: Changes;
  readonly memory: MemoryRows;
}

/** Which columns a pass needs. */
export interface StepColumnsOptions {
  /** Ids of the registers to read. */
  readonly registers: readonly number[];
  readonly memory: boolean;
}

type Texts = readonly (string | number | null)[];

/** Reads chunk after chunk into the same arrays. */
export class StepColumns {
  readonly #connection: Connection;
  readonly #options: StepColumnsOptions;
  readonly #chunk: StepChunk;
  readonly #instructionCount: number;
  readonly #steps: Statement<number[], Texts>;
  readonly #registers: Statement<number[], Texts>;
  readonly #memory: Statement<number[], Texts>;

  constructor(connection: Connection, options: StepColumnsOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#chunk = {
      first: 0,
      count: 0,
      instructions: new Float64Array(CHUNK_STEPS),
      registers: {
        count: 0,
        step: new Float64Array(CHUNK_STEPS),
        register: new Int32Array(CHUNK_STEPS),
        low: new Int32Array(CHUNK_STEPS),
        high: new Int32Array(CHUNK_STEPS),
      },
      memory: {
        count: 0,
        step: new Float64Array(CHUNK_STEPS),
        gpa: new Float64Array(CHUNK_STEPS),
        size: new Float64Array(CHUNK_STEPS),
      },
    };
    const prepare = (about: string, sql: string): Statement<number[], Texts> =>
      connection.guard(about, () => connection.database.prepare<number[], Texts>(sql).raw());
    this.#instructionCount = connection
      .query('instruction', 'SELECT count(*) FROM instruction', (row) => natural(row, 0))
      .first()!;
    this.#steps = prepare(
      'step',
      'SELECT group_concat(instruction), count(*) FROM step WHERE id >= ? AND id < ?',
    );
    // The first step is taken off to make the numbers, and with them the text, shorter.
    this.#registers = prepare(
      'register_write',
      `SELECT group_concat(step - CAST(? AS INTEGER)), group_concat(value), count(*) FROM register_write
       WHERE register = ? AND step >= ? AND step < ?`,
    );
    this.#memory = prepare(
      'memory_write',
      `SELECT group_concat(step - CAST(? AS INTEGER)), group_concat(gpa), group_concat(size), count(*)
       FROM ${options.memory ? this.#memoryByStep() : 'memory_write'} WHERE step >= ? AND step < ?`,
    );
  }

  /** Steps `first` up to, not including, `end`, at most CHUNK_STEPS. Valid until the next call. */
  read(first: number, end: number): StepChunk {
    const chunk = this.#chunk;
    chunk.first = first;
    chunk.count = end - first;
    this.#connection.guard('step', () => {
      this.#readSteps(first, end);
    });
    this.#connection.guard('register_write', () => {
      this.#readRegisters(first, end);
    });
    if (this.#options.memory) {
      this.#connection.guard('memory_write', () => {
        this.#readMemory(first, end);
      });
    }
    return chunk;
  }

  #readSteps(first: number, end: number): void {
    const { instructions } = this.#chunk;
    const [text, count] = this.#steps.get(first, end)!;
    // As many rows as there are steps, whose ids differ: all of them, and in order.
    if (count !== end - first) {
      throw damaged(this.#connection.path, `a step from ${first} to ${end - 1} is missing`);
    }
    if (parseNumbers(asText(text), instructions) !== count) throw lost();
    for (let i = 0; i < count; i++) {
      const id = instructions[i]!;
      // Ids are dense, and index arrays.
      if (!(id >= 0 && id < this.#instructionCount)) {
        throw new WrongValueError(`an instruction below ${this.#instructionCount}`, id);
      }
    }
  }

  #readRegisters(first: number, end: number): void {
    const { registers } = this.#chunk;
    registers.count = 0;
    for (const register of this.#options.registers) {
      const [steps, values, rows] = this.#registers.get(first, register, first, end)!;
      if (rows === 0) continue;
      const at = registers.count;
      const count = Number(rows);
      if (at + count > registers.step.length) growChanges(registers, at + count);
      const found = parseNumbers(asText(steps), registers.step.subarray(at));
      const low = registers.low.subarray(at);
      if (
        found !== count ||
        parseWords(asText(values), low, registers.high.subarray(at)) !== count
      ) {
        throw lost();
      }
      registers.register.fill(register, at, at + count);
      registers.count = at + count;
    }
  }

  #readMemory(first: number, end: number): void {
    const { memory } = this.#chunk;
    const [steps, gpas, sizes, rows] = this.#memory.get(first, first, end)!;
    const count = Number(rows);
    if (count > memory.step.length) growMemory(memory, count);
    memory.count = count;
    if (
      parseNumbers(asText(steps), memory.step) !== count ||
      parseNumbers(asText(gpas), memory.gpa) !== count ||
      parseNumbers(asText(sizes), memory.size) !== count
    ) {
      throw lost();
    }
    for (let i = 0; i < count; i++) {
      if (i > 0 && memory.step[i]! < memory.step[i - 1]!) {
        throw damaged(this.#connection.path, 'memory_write is out of order');
      }
      const size = memory.size[i]!;
      const gpa = memory.gpa[i]!;
      if (size < 1 || size > 8) throw new WrongValueError('a size of 1 to 8', size);
      if (!Number.isSafeInteger(gpa) || gpa < 0) throw new WrongValueError('an address', gpa);
    }
  }

  /** memory_write, or, where a recording was cut short of its indexes, a sorted copy on the side. */
  #memoryByStep(): string {
    const { database } = this.#connection;
    return this.#connection.guard('memory_write', () => {
      const indexed = database
        .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'memory_write_step'")
        .get();
      if (indexed !== undefined) return 'memory_write';
      database.exec(
        `CREATE TEMP TABLE IF NOT EXISTS memory_keys_by_step (step, gpa, size, PRIMARY KEY (step, gpa, size)) WITHOUT ROWID;
         INSERT OR IGNORE INTO memory_keys_by_step SELECT step, gpa, size FROM memory_write`,
      );
      return 'memory_keys_by_step';
    });
  }
}

/** group_concat leaves NULLs out, which a table of a trace does not have. */
function lost(): WrongValueError {
  return new WrongValueError('an integer', null);
}

function asText(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function growChanges(changes: Changes, needed: number): void {
  const size = Math.max(needed, changes.step.length * 2);
  const ints = (old: Int32Array): Int32Array => {
    const grown = new Int32Array(size);
    grown.set(old);
    return grown;
  };
  const step = new Float64Array(size);
  step.set(changes.step);
  changes.step = step;
  changes.register = ints(changes.register);
  changes.low = ints(changes.low);
  changes.high = ints(changes.high);
}

function growMemory(memory: MemoryRows, needed: number): void {
  const size = Math.max(needed, memory.step.length * 2);
  memory.step = new Float64Array(size);
  memory.gpa = new Float64Array(size);
  memory.size = new Float64Array(size);
}
