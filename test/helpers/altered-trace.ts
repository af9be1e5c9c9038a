/** Copies of recordings in which one cell says something else, hashes included. */
import Sqlite from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary.js';
import type { Random } from './random.js';

/** A table of the event stream, and how its rows are found again and altered. */
interface Cell {
  readonly table: string;
  readonly key: readonly string[];
  readonly column: 'value' | 'data';
}

const CELLS: readonly Cell[] = [
  { table: 'register_write', key: ['register', 'step'], column: 'value' },
  { table: 'memory_write', key: ['gpa', 'size', 'step'], column: 'value' },
  { table: 'port_io', key: ['id'], column: 'data' },
  { table: 'mmio', key: ['id'], column: 'data' },
  { table: 'input_value', key: ['id'], column: 'value' },
];

export interface Altered {
  readonly path: string;
  /** What was done, for messages. */
  readonly what: string;
}

/** Flips one bit of one random cell, in a copy. */
export function alterOneCell(trace: string, random: Random): Altered {
  const path = join(temporaryDirectory(), 'altered.db');
  copyFileSync(trace, path);
  const database = new Sqlite(path);
  try {
    database.defaultSafeIntegers();
    const cells = CELLS.filter(({ table }) => countOf(database, table) > 0);
    const cell = cells[random(cells.length)]!;
    const row = database
      .prepare(`SELECT * FROM ${cell.table} WHERE step >= 0 LIMIT 1 OFFSET ?`)
      .get(random(countOf(database, cell.table))) as Record<string, bigint | Buffer>;
    const where = cell.key.map((name) => `${name} = ${String(row[name])}`).join(' AND ');
    database
      .prepare(`UPDATE ${cell.table} SET ${cell.column} = ? WHERE ${where}`)
      .run(flip(row[cell.column]!, Number(row['size'] ?? 1n), random));
    alterHashes(database, row['step'] as bigint);
    return { path, what: `${cell.table} of step ${String(row['step'])} where ${where}` };
  } finally {
    database.close();
  }
}

function countOf(database: Database, table: string): number {
  return Number(database.prepare(`SELECT count(*) FROM ${table} WHERE step >= 0`).pluck().get());
}

/** @param size bytes of an integer that are in use, at least */
function flip(value: bigint | Buffer, size: number, random: Random): bigint | Buffer {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value ^ (1n << BigInt(random(8 * size))));
  const altered = Buffer.from(value);
  altered[random(altered.length)]! ^= 1 << random(8);
  return altered;
}

/** The hash of the chunk with this step is another, and those of everything from there on. */
function alterHashes(database: Database, step: bigint): void {
  const from = 'step >= (SELECT min(step) FROM digest WHERE step >= ?)';
  database.prepare(`UPDATE digest SET chain = ~chain WHERE ${from}`).run(step);
  database
    .prepare(
      'UPDATE digest SET chunk = ~chunk WHERE step = (SELECT min(step) FROM digest WHERE step >= ?)',
    )
    .run(step);
}
