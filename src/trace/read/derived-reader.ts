/** Rows of the derived tables. Their makers have seen to it that the tables are there. */
import { CALL_ENDS, CALL_KINDS, type CallEnd, type CallKind } from '../format/derived-schema.js';
import type { Connection, Query } from './connection.js';
import { damaged } from './sqlite-errors.js';
import { natural, optional, unsigned, word, WrongValueError, type Row } from './values.js';

/** A function call, or an exception or interrupt with its handler. */
export interface Call {
  /** Calls are numbered from 0 in order of their first steps. */
  readonly id: number;
  /** The call that it was made in; undefined for the first. */
  readonly parent: number | undefined;
  /** `start`: what the trace begins in. `resume`: a function that goes on, as a coroutine does. */
  readonly kind: CallKind;
  /** Linear address of its first instruction. */
  readonly address: bigint;
  readonly firstStep: number;
  readonly lastStep: number;
  /** 0 for the first call. */
  readonly depth: number;
  /** Steps in it and not in the calls that it made. */
  readonly ownSteps: number;
  readonly totalSteps: number;
  /** `unwound`: left without a return, as by longjmp; `open`: the trace ended first. */
  readonly ended: CallEnd;
}

/** Calls and steps of a function over the whole trace. */
export interface FunctionSteps {
  readonly address: bigint;
  readonly calls: number;
  readonly ownSteps: number;
  /** Own and callees'; recursive calls count once. */
  readonly totalSteps: number;
}

/** How often an instruction ran, and when first and last. */
export interface InstructionSteps {
  readonly instruction: number;
  readonly steps: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

const CALL = `SELECT id, parent, kind, address, first_step, last_step, depth, own_steps, ended
  FROM call`;

/** Reads calls and counts from the derived tables. */
export class DerivedReader {
  readonly #path: string;
  readonly #call: Query<Call>;
  readonly #callFrom: Query<Call>;
  readonly #lastCall: Query<Call>;
  readonly #calls: Query<Call>;
  readonly #functions: Query<FunctionSteps>;
  readonly #instructions: Query<InstructionSteps>;
  readonly #mark: Query<readonly [rank: number, step: number]>;

  constructor(connection: Connection) {
    this.#path = connection.path;
    const calls = (sql: string): Query<Call> =>
      connection.query('call', `${CALL} ${sql}`, decodeCall);
    this.#call = calls('WHERE id = ?');
    this.#callFrom = calls('WHERE id > ? AND depth <= ? ORDER BY id LIMIT ?');
    this.#lastCall = calls('WHERE first_step <= ? ORDER BY first_step DESC, id DESC LIMIT 1');
    this.#calls = calls('WHERE parent = ? ORDER BY id');
    this.#functions = connection.query(
      'function_steps',
      'SELECT address, calls, own_steps, total_steps FROM function_steps',
      (row) => ({
        address: unsigned(row, 0),
        calls: natural(row, 1),
        ownSteps: natural(row, 2),
        totalSteps: natural(row, 3),
      }),
    );
    this.#instructions = connection.query(
      'instruction_steps',
      `SELECT instruction, steps, first_step, last_step FROM instruction_steps
       ORDER BY steps DESC, instruction LIMIT ?`,
      (row) => ({
        instruction: natural(row, 0),
        steps: natural(row, 1),
        firstStep: natural(row, 2),
        lastStep: natural(row, 3),
      }),
    );
    this.#mark = connection.query(
      'execution_mark',
      `SELECT rank, step FROM execution_mark WHERE address = ? AND rank <= ?
       ORDER BY rank DESC LIMIT 1`,
      (row) => [natural(row, 0), natural(row, 1)] as const,
    );
  }

  call(id: number): Call | undefined {
    return this.#call.first(id);
  }

  /** Of the calls that begin at or before a step, the last. */
  newestCall(step: number): Call | undefined {
    return this.#lastCall.first(step);
  }

  /** The calls after call `after` (-1: from the first) that are at most so deep, in order of id. */
  callsAfter(after: number, maxDepth: number, count: number): Call[] {
    return this.#callFrom.all(after, maxDepth, count);
  }

  /** The calls made directly in call `parent`, in order. */
  callsIn(parent: number): Call[] {
    return this.#calls.all(parent);
  }

  /** The calls that step `step` is in, the innermost first. */
  callsAround(step: number): Call[] {
    const stack: Call[] = [];
    let call = this.#lastCall.first(step);
    while (call !== undefined) {
      if (call.lastStep >= step) stack.push(call);
      if (call.parent === undefined) break;
      call = this.#call.first(call.parent);
      if (call === undefined) throw damaged(this.#path, 'call lacks a call that others name');
    }
    return stack;
  }

  functions(): FunctionSteps[] {
    return this.#functions.all();
  }

  /** The instructions with the most steps. */
  instructions(count: number): InstructionSteps[] {
    return this.#instructions.all(count);
  }

  /** The nearest execution of an address at or before the nth (from 0) that is marked. */
  mark(address: bigint, n: number): readonly [rank: number, step: number] | undefined {
    return this.#mark.first(BigInt.asIntN(64, address), n);
  }
}

function decodeCall(row: Row): Call {
  const id = natural(row, 0);
  const parent = optional(natural, row, 1);
  // Calls come before those made in them: following parents comes to an end.
  if (parent !== undefined && parent >= id) {
    throw new WrongValueError(`a call before ${id}`, row[1]);
  }
  const firstStep = natural(row, 4);
  const lastStep = natural(row, 5);
  return {
    id,
    parent,
    kind: word(row, 2, CALL_KINDS),
    address: unsigned(row, 3),
    firstStep,
    lastStep,
    depth: natural(row, 6),
    ownSteps: natural(row, 7),
    totalSteps: lastStep - firstStep + 1,
    ended: word(row, 8, CALL_ENDS),
  };
}
