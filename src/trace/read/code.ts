import type { Connection } from './connection.js';
import { rightText } from './disassembly.js';
import type { Instruction } from './instructions.js';
import { damaged } from './sqlite-errors.js';
import { blob, natural, text, unsigned, WrongValueError } from './values.js';

const COLUMNS = 'SELECT id, rip, address, mode, bytes, text FROM instruction';

/** The code of a trace by number, and which of it ran when, for passes over whole traces. */
export class CodeReader {
  readonly #connection: Connection;
  readonly #ids: { all(from: number, to: number): unknown[] } & object;
  #all: ReadonlyMap<number, Instruction> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    // Numbers, not BigInt: ten million of them are read.
    this.#ids = connection.database
      .prepare<[number, number]>(
        'SELECT instruction FROM step WHERE id >= ? AND id < ? ORDER BY id',
      )
      .pluck();
  }

  /** The numbers of the instructions that the steps from `from` up to, not including, `to` ran. */
  ids(from: number, to: number): number[] {
    return this.#connection.guard('step', () => this.#ids.all(from, to)) as number[];
  }

  /** Every instruction, by number; kept. */
  all(): ReadonlyMap<number, Instruction> {
    this.#all ??= new Map(
      this.#connection
        .query('instruction', COLUMNS, (row): [number, Instruction] => {
          const mode = natural(row, 3);
          if (mode !== 16 && mode !== 32 && mode !== 64) {
            throw new WrongValueError('16, 32 or 64', row[3]);
          }
          const id = natural(row, 0);
          const rip = unsigned(row, 1);
          const address = unsigned(row, 2);
          const stored = text(row, 5);
          const code: Instruction = { id, rip, address, mode, bytes: blob(row, 4), text: stored };
          return [id, { ...code, text: rightText(code) }];
        })
        .all(),
    );
    return this.#all;
  }

  get(id: number): Instruction {
    const found = this.all().get(id);
    if (found === undefined) {
      throw damaged(this.#connection.path, `a step ran instruction ${id}, which is missing`);
    }
    return found;
  }
}
