/** What a trace's tables say, read as any other program would. */
import Sqlite from 'better-sqlite3';

/** Rows of a statement, as arrays; integers as BigInt. */
export function rowsOf(path: string, sql: string): readonly (readonly unknown[])[] {
  const database = new Sqlite(path, { readonly: true });
  try {
    return database.prepare(sql).raw().safeIntegers().all() as unknown[][];
  } finally {
    database.close();
  }
}
