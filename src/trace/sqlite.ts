/** SQLite's handles: the only file that makes them. */
import Sqlite, { type Database, type Options } from 'better-sqlite3';
import { withAddon } from '../base/native-addon.js';

/**
 * Opens a file, made if it is not there unless the options say otherwise; `:memory:` is a database of its own.
 *
 * @throws KvmtraceError (exit code 3) where the addon of better-sqlite3 cannot be loaded; else SQLite's errors
 */
export function openDatabase(path: string, options?: Options): Database {
  return withAddon('better-sqlite3', () => new Sqlite(path, options));
}

/** Finds out whether SQLite can be had, for who hands the work to a thread. */
export function checkSqlite(): void {
  openDatabase(':memory:').close();
}
