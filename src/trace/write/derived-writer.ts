import type { Database } from 'better-sqlite3';
import { BulkInsert } from './bulk-insert.js';

/** A row of access_run, as schema/README.md has it. */
export interface AccessRunRow {
  readonly unit: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Signed, as SQLite has integers. */
  readonly readBytes: bigint;
  readonly writeBytes: bigint;
  readonly reach: number;
  /** A JSON array of numbers. */
  readonly accesses: string;
}

/** Inserts into the tables of schema/0002_derived.sql, wherever `schema` has them. */
export class DerivedWriter {
  readonly #calls: BulkInsert;
  readonly #functions: BulkInsert;
  readonly #instructions: BulkInsert;
  readonly #marks: BulkInsert;
  readonly #runs: BulkInsert;

  constructor(database: Database, schema: 'main' | 'temp') {
    const insert = (table: string, columns: string): BulkInsert =>
      new BulkInsert(database, `${schema}.${table}`, columns.split(' '));
    this.#calls = insert(
      'call',
      'id parent kind address first_step last_step depth own_steps ended',
    );
    this.#functions = insert('function_steps', 'address calls own_steps total_steps');
    this.#instructions = insert('instruction_steps', 'instruction steps first_step last_step');
    this.#marks = insert('execution_mark', 'address rank step');
    this.#runs = insert(
      'access_run',
      'unit first_step last_step read_bytes write_bytes reach accesses',
    );
  }

  call(
    id: number,
    parent: number | undefined,
    kind: string,
    address: bigint,
    firstStep: number,
    lastStep: number,
    depth: number,
    ownSteps: number,
    ended: string,
  ): void {
    const at = signed(address);
    this.#calls.add(
      id, parent ?? null, kind, at, firstStep, lastStep, depth, ownSteps, ended,
    ); // prettier-ignore
  }

  functionSteps(address: bigint, calls: number, ownSteps: number, totalSteps: number): void {
    this.#functions.add(signed(address), calls, ownSteps, totalSteps);
  }

  instructionSteps(instruction: number, steps: number, firstStep: number, lastStep: number): void {
    this.#instructions.add(instruction, steps, firstStep, lastStep);
  }

  executionMark(address: bigint, rank: number, step: number): void {
    this.#marks.add3(signed(address), rank, step);
  }

  accessRun(run: AccessRunRow): void {
    const { unit, firstStep, lastStep, readBytes, writeBytes, reach, accesses } = run;
    this.#runs.add(unit, firstStep, lastStep, readBytes, writeBytes, reach, accesses);
  }

  flush(): void {
    for (const table of [
      this.#calls,
      this.#functions,
      this.#instructions,
      this.#marks,
      this.#runs,
    ]) {
      table.flush();
    }
  }
}

function signed(address: bigint): bigint {
  return BigInt.asIntN(64, address);
}
