import type { Connection, Query } from './connection.js';
import { rightText } from './disassembly.js';
import { damaged } from './sqlite-errors.js';
import { blob, natural, optional, text, unsigned, WrongValueError, type Row } from './values.js';

/** Operand size of the code segment that an instruction ran in. */
export type Mode = 16 | 32 | 64;

/** Distinct code at an address. The same object serves every step that ran it. */
export interface Instruction {
  readonly id: number;
  /** Offset in the code segment. */
  readonly rip: bigint;
  /** Linear address: the base of cs + rip. */
  readonly address: bigint;
  readonly mode: Mode;
  readonly bytes: Uint8Array;
  /** Disassembly in Intel syntax. */
  readonly text: string;
}

/** A step and what it ran. */
export interface ExecutedStep {
  readonly step: number;
  readonly instruction: Instruction;
}

/** Larger traces start the cache afresh rather than growing it. */
const CACHE_LIMIT = 65_536;

/** Reads the distinct instructions and which of them each step ran. */
export class InstructionReader {
  readonly #path: string;
  readonly #byId: Query<Instruction>;
  readonly #byRip: Query<Instruction>;
  readonly #steps: Query<readonly [step: number, instruction: number]>;
  readonly #lastStep: Query<number>;
  readonly #count: Query<number>;
  readonly #addresses: Query<readonly [id: number, address: bigint]>;
  readonly #executions: Query<number>;
  readonly #nthExecution: Query<number>;
  readonly #lastExecution: Query<number | undefined>;
  readonly #lastExecutionScanned: Query<number>;
  readonly #hasExecutionIndex: Query<boolean>;
  #executionIndex: boolean | undefined;
  #idsByAddress: Map<bigint, number[]> | undefined;
  readonly #cache = new Map<number, Instruction>();

  constructor(connection: Connection) {
    this.#path = connection.path;
    this.#byId = connection.query(
      'instruction',
      'SELECT id, rip, address, mode, bytes, text FROM instruction WHERE id = ?',
      decodeInstruction,
    );
    this.#byRip = connection.query(
      'instruction',
      'SELECT id, rip, address, mode, bytes, text FROM instruction WHERE rip = ?',
      decodeInstruction,
    );
    this.#steps = connection.query(
      'step',
      'SELECT id, instruction FROM step WHERE id >= ? AND id < ? ORDER BY id',
      (row) => [natural(row, 0), natural(row, 1)] as const,
    );
    this.#addresses = connection.query(
      'instruction',
      'SELECT id, address FROM instruction',
      (row) => [natural(row, 0), unsigned(row, 1)] as const,
    );
    const execution = 'SELECT id FROM step WHERE instruction = ? AND id >= ? ORDER BY id LIMIT';
    this.#executions = connection.query('step', `${execution} ?`, (row) => natural(row, 0));
    this.#nthExecution = connection.query('step', `${execution} 1 OFFSET ?`, (row) =>
      natural(row, 0),
    );
    // One descent of the index for each instruction.
    this.#lastExecution = connection.query(
      'step',
      `SELECT max((SELECT id FROM step WHERE instruction = ids.value AND id >= ? AND id < ?
                   ORDER BY id DESC LIMIT 1)) FROM json_each(?) ids`,
      (row) => optional(natural, row, 0),
    );
    this.#lastExecutionScanned = connection.query(
      'step',
      `SELECT id FROM step WHERE id >= ? AND id < ?
       AND +instruction IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT 1`,
      (row) => natural(row, 0),
    );
    this.#hasExecutionIndex = connection.query(
      'sqlite_schema',
      "SELECT 1 FROM main.sqlite_schema WHERE type = 'index' AND name = 'step_instruction'",
      () => true,
    );
    this.#count = connection.query('instruction', 'SELECT count(*) FROM instruction', (row) =>
      natural(row, 0),
    );
    this.#lastStep = connection.query(
      'step',
      'SELECT id FROM step ORDER BY id DESC LIMIT 1',
      (row) => natural(row, 0),
    );
  }

  /** The instructions at an rip: more than one where code changed, or modes or segments differ. */
  atRip(rip: bigint): Instruction[] {
    return this.#byRip.all(BigInt.asIntN(64, rip));
  }

  /** Ids of the instructions at a linear address. */
  idsAt(address: bigint): readonly number[] {
    this.#idsByAddress ??= this.#readAddresses();
    return this.#idsByAddress.get(BigInt.asUintN(64, address)) ?? [];
  }

  /** The first steps from `from` on that ran an instruction, in order. */
  executions(instruction: number, from: number, count: number): number[] {
    return this.#executions.all(instruction, from, count);
  }

  /** The step that ran an instruction for the nth time, counted from 0 at step `from`. */
  nthExecution(instruction: number, from: number, n: number): number | undefined {
    return this.#nthExecution.first(instruction, from, n);
  }

  /** How many distinct instructions there are. */
  count(): number {
    return this.#count.first()!;
  }

  /** Whether the recording was closed, which makes the index by instruction. */
  get hasExecutionIndex(): boolean {
    this.#executionIndex ??= this.#hasExecutionIndex.first() ?? false;
    return this.#executionIndex;
  }

  /** The newest step from `from` up to, not including, `to` that ran one of some instructions. */
  lastExecution(ids: readonly number[], from: number, to: number): number | undefined {
    return this.#lastExecution.first(from, to, JSON.stringify(ids));
  }

  /** The same without an index: goes through the steps, some ten million a second. */
  lastExecutionScanned(ids: readonly number[], from: number, to: number): number | undefined {
    return this.#lastExecutionScanned.first(from, to, JSON.stringify(ids));
  }

  /** How many steps the trace has: the steps are 0 to one less. */
  stepCount(): number {
    return (this.#lastStep.first() ?? -1) + 1;
  }

  /** The steps from `from` up to, not including, `to`. */
  steps(from: number, to: number): ExecutedStep[] {
    return this.#steps.all(from, to).map(([step, id], index) => {
      if (step !== from + index) throw damaged(this.#path, `step ${from + index} is missing`);
      return { step, instruction: this.byId(id, step) };
    });
  }

  #readAddresses(): Map<bigint, number[]> {
    const ids = new Map<bigint, number[]>();
    for (const [id, address] of this.#addresses.all()) {
      const list = ids.get(address);
      if (list === undefined) ids.set(address, [id]);
      else list.push(id);
    }
    return ids;
  }

  /** The instruction that step `step` ran. */
  byId(id: number, step: number): Instruction {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const instruction = this.#byId.first(id);
    if (instruction === undefined) {
      throw damaged(this.#path, `step ${step} ran instruction ${id}, which is missing`);
    }
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
    this.#cache.set(id, instruction);
    return instruction;
  }
}

function decodeInstruction(row: Row): Instruction {
  const instruction = {
    id: natural(row, 0),
    rip: unsigned(row, 1),
    address: unsigned(row, 2),
    mode: decodeMode(row, 3),
    bytes: blob(row, 4),
    text: text(row, 5),
  };
  return { ...instruction, text: rightText(instruction) };
}

function decodeMode(row: Row, column: number): Mode {
  const mode = natural(row, column);
  if (mode === 16 || mode === 32 || mode === 64) return mode;
  throw new WrongValueError('16, 32 or 64', row[column]);
}
