/**
 * A trace as the oracles see it: plain SQL on the file, nothing of src/query, so that a mistake
 * there cannot hide one of the recorder's.
 */
import Sqlite from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import type { InterruptionRow } from '../../helpers/trace-rows.js';
import { TraceCursor, type TraceInstruction } from './cursor.js';
import { contiguousRuns, type MemoryRun } from './memory.js';

/** An exception or interrupt that was delivered before step `step`. */
export interface Interruption {
  readonly step: number;
  readonly vector: number;
  readonly kind: string;
  readonly errorCode: number | undefined;
  readonly cr2: bigint | undefined;
  readonly rip: bigint;
}

export class OracleTrace {
  readonly instructions: readonly TraceInstruction[];
  readonly steps: number;
  readonly #database: Database;

  constructor(path: string) {
    this.#database = new Sqlite(path, { readonly: true });
    this.#database.defaultSafeIntegers(true);
    this.steps = Number(this.meta('steps'));
    this.instructions = this.#all<[bigint, bigint, bigint, Buffer, string]>(
      'SELECT id, rip, mode, bytes, text FROM instruction ORDER BY id',
    ).map(([, rip, mode, bytes, text]) => ({
      rip: BigInt.asUintN(64, rip),
      mode: Number(mode) as 16 | 32 | 64,
      bytes,
      text,
    }));
  }

  meta(key: string): string | bigint {
    return this.#all<[string | bigint]>('SELECT value FROM meta WHERE key = ?', key)[0]![0];
  }

  /** Ids of the registers by name. */
  registerIds(): ReadonlyMap<string, number> {
    const rows = this.#all<[string, bigint]>('SELECT name, id FROM register');
    return new Map(rows.map(([name, id]) => [name, Number(id)]));
  }

  /** Every state from 0 on, with all registers. */
  cursor(): TraceCursor {
    const { instructions, steps } = this;
    const finalRip = BigInt.asUintN(64, this.meta('final_rip') as bigint);
    return new TraceCursor(this.#database, { instructions, steps, finalRip });
  }

  /** What was read from ports, end to end. */
  portInput(): Buffer {
    const rows = this.#all<[Buffer]>("SELECT data FROM port_io WHERE direction = 'in' ORDER BY id");
    return Buffer.concat(rows.map(([data]) => data));
  }

  interruptions(): readonly Interruption[] {
    const rows = this.#database
      .prepare('SELECT * FROM interruption ORDER BY id')
      .all() as InterruptionRow[];
    return rows.map((row) => ({
      step: Number(row.step),
      vector: Number(row.vector),
      kind: row.kind,
      errorCode: row.error_code === null ? undefined : Number(row.error_code),
      cr2: row.cr2 === null ? undefined : BigInt.asUintN(64, row.cr2),
      rip: BigInt.asUintN(64, row.rip),
    }));
  }

  /** Steps whose result does not follow from the state before. */
  inputSteps(): ReadonlySet<number> {
    return new Set(
      this.#all<[bigint]>('SELECT step FROM input_value').map(([step]) => Number(step)),
    );
  }

  /** Guest-physical regions: first byte and size. */
  slots(): readonly { readonly gpa: number; readonly size: number; readonly purpose: string }[] {
    return this.#all<[bigint, bigint, string]>(
      'SELECT gpa, size, purpose FROM memory_slot ORDER BY gpa',
    ).map(([gpa, size, purpose]) => ({ gpa: Number(gpa), size: Number(size), purpose }));
  }

  /** Memory at state 0, less what is zero. */
  initialMemory(): readonly MemoryRun[] {
    const rows = this.#all<[bigint, Buffer]>(
      'SELECT page, data FROM snapshot_page WHERE step = 0 ORDER BY page',
    );
    return contiguousRuns(rows.map(([page, data]) => ({ gpa: Number(page) * 4096, data })));
  }

  /** Memory writes in the order in which they were made: gpa, size, value. */
  memoryWrites(): IterableIterator<[bigint, bigint, bigint]> {
    return this.#database
      .prepare('SELECT gpa, size, value FROM memory_write ORDER BY step')
      .raw()
      .iterate() as IterableIterator<[bigint, bigint, bigint]>;
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #all<Row extends unknown[]>(sql: string, ...parameters: unknown[]): Row[] {
    return this.#database
      .prepare(sql)
      .raw()
      .all(...parameters) as Row[];
  }
}
