/** A trace as rows, read with plain SQL: what any other program would see. */
import Sqlite from 'better-sqlite3';

export interface InstructionRow {
  readonly rip: bigint;
  readonly address: bigint;
  readonly mode: bigint;
  readonly bytes: Buffer;
  readonly text: string;
}
export interface RegisterRow {
  readonly step: bigint;
  readonly name: string;
  readonly value: bigint;
}
export interface MemoryRow {
  readonly step: bigint;
  readonly gpa: bigint;
  readonly size: bigint;
  readonly value: bigint;
}
export interface PortRow {
  readonly step: bigint;
  readonly port: bigint;
  readonly direction: string;
  readonly size: bigint;
  readonly count: bigint;
  readonly data: Buffer;
}
export interface MmioRow {
  readonly step: bigint;
  readonly gpa: bigint;
  readonly direction: string;
  readonly size: bigint;
  readonly data: Buffer;
}
export interface InterruptionRow {
  readonly step: bigint;
  readonly vector: bigint;
  readonly kind: string;
  readonly error_code: bigint | null;
  readonly cr2: bigint | null;
  readonly rip: bigint;
  readonly assisted: bigint;
}
export interface InputRow {
  readonly step: bigint;
  readonly kind: string;
  readonly value: bigint;
}

export interface TraceRows {
  readonly meta: ReadonlyMap<string, string | bigint>;
  /** Instruction of each step, by step. */
  readonly steps: readonly InstructionRow[];
  /** By step, then register; the initial values at step -1 first. */
  readonly registers: readonly RegisterRow[];
  readonly memory: readonly MemoryRow[];
  readonly ports: readonly PortRow[];
  readonly mmio: readonly MmioRow[];
  readonly interruptions: readonly InterruptionRow[];
  readonly inputs: readonly InputRow[];
  /** Pages reported dirty that did not change. */
  readonly unchanged: readonly { step: bigint; page: bigint }[];
}

export function readTraceRows(path: string): TraceRows {
  const database = new Sqlite(path, { readonly: true });
  try {
    database.defaultSafeIntegers();
    const all = <T>(sql: string): T[] => database.prepare(sql).all() as T[];
    const meta = all<{ key: string; value: string | bigint }>('SELECT key, value FROM meta');
    return {
      meta: new Map(meta.map(({ key, value }) => [key, value])),
      steps: all(
        `SELECT rip, address, mode, bytes, text
         FROM step JOIN instruction ON instruction.id = step.instruction ORDER BY step.id`,
      ),
      registers: all(
        `SELECT step, name, value FROM register_write JOIN register ON register.id = register
         ORDER BY step, register`,
      ),
      memory: all('SELECT step, gpa, size, value FROM memory_write ORDER BY step, gpa'),
      ports: all('SELECT step, port, direction, size, count, data FROM port_io ORDER BY id'),
      mmio: all('SELECT step, gpa, direction, size, data FROM mmio ORDER BY id'),
      interruptions: all(
        'SELECT step, vector, kind, error_code, cr2, rip, assisted FROM interruption ORDER BY id',
      ),
      inputs: all('SELECT step, kind, value FROM input_value ORDER BY id'),
      unchanged: all('SELECT step, page FROM unchanged_page ORDER BY step, page'),
    };
  } finally {
    database.close();
  }
}
