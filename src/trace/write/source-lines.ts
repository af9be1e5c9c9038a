/** Writes the tables of source lines, which a trace has where the guest says what code comes from. */
import type { Database } from 'better-sqlite3';
import { sourceStatements } from '../format/source-schema.js';

/** Code of a source line: `size` bytes from a linear address on, as it was linked. */
export interface SourceLineRow {
  readonly address: bigint;
  readonly size: number;
  /** Path of the source, as the compiler wrote it. */
  readonly file: string;
  readonly line: number;
  /** 0 where the compiler does not say. */
  readonly column: number;
}

/** Replaces what the trace has of them; within the transaction that is under way. */
export function storeSourceLines(database: Database, lines: readonly SourceLineRow[]): void {
  for (const { type, name } of sourceStatements()) {
    database.exec(`DROP ${type.toUpperCase()} IF EXISTS main.${name}`);
  }
  if (lines.length === 0) return;
  for (const { sql } of sourceStatements()) database.exec(sql);
  const files = new Map<string, number>();
  const insertFile = database.prepare('INSERT INTO source_file (id, path) VALUES (?, ?)');
  const insertLine = database.prepare(
    'INSERT INTO source_line (address, size, file, line, "column") VALUES (?, ?, ?, ?, ?)',
  );
  for (const { address, size, file, line, column } of lines) {
    let id = files.get(file);
    if (id === undefined) {
      files.set(file, (id = files.size));
      insertFile.run(id, file);
    }
    insertLine.run(BigInt.asIntN(64, address), size, id, line, column);
  }
}
