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

/** A row of efi_call, as schema/README.md has it. */
export interface EfiCallRow {
  readonly id: number;
  readonly step: number;
  readonly depth: number;
  readonly service: string;
  /** A JSON object, by the names of the arguments. */
  readonly arguments: string;
  /** Undefined, like the two below, for what has not returned. */
  readonly status: bigint | undefined;
  readonly statusName: string | undefined;
  readonly returnStep: number | undefined;
}

/** Inserts into the tables of schema/0002_derived.sql, wherever `schema` has them. */
export class DerivedWriter {
  readonly #calls: BulkInsert;
  readonly #functions: BulkInsert;
  readonly #instructions: BulkInsert;
  readonly #marks: BulkInsert;
  readonly #runs: BulkInsert;
  readonly #efiCalls: BulkInsert;

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
    this.#efiCalls = insert(
      'efi_call',
      'id step depth service arguments status status_name return_step',
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

  efiCall(call: EfiCallRow): void {
    const { id, step, depth, service, status, statusName, returnStep } = call;
    const value = status === undefined ? null : signed(status);
    this.#efiCalls.add(
      id, step, depth, service, call.arguments, value, statusName ?? null, returnStep ?? null,
    ); // prettier-ignore
  }

  flush(): void {
    for (const table of [
      this.#calls,
      this.#functions,
      this.#instructions,
      this.#marks,
      this.#runs,
      this.#efiCalls,
    ]) {
      table.flush();
    }
  }
}

function signed(address: bigint): bigint {
  return BigInt.asIntN(64, address);
}
