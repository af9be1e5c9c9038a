/** SQLite's handles: the only file that makes them. */
import type { Database, Options } from 'better-sqlite3';
import type BetterSqlite from 'better-sqlite3';
import { createRequire } from 'node:module';
import { withAddon } from '../base/native-addon.js';

const OF_ALL_NODES = 'better-sqlite3';
/** Version 13 of it, which npm installs under this name where Node is new enough (22). */
const OF_NEW_NODES = 'better-sqlite3-napi';
/**
 * The first version of Node where statements that are garbage abort the process: since 24.19
 * node::ObjectWrap, which version 12 is built on, takes a hook away from an environment that an idle
 * collection has not entered. Older Nodes keep version 12, which is a third faster and all that Node 20 runs.
 */
const FIRST_NEW_NODE = 24;

const require = createRequire(import.meta.url);
const Sqlite = load();

function load(): typeof BetterSqlite {
  const major = Number(process.versions.node.split('.', 1)[0]);
  const name = major < FIRST_NEW_NODE ? OF_ALL_NODES : OF_NEW_NODES;
  return withAddon(name, () => require(name) as typeof BetterSqlite);
}

/** Whether SQLite said so: an error of any other kind is not about the file. */
export function isSqliteError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Sqlite.SqliteError;
}

/**
 * Opens a file, made if it is not there unless the options say otherwise; `:memory:` is a database of its own.
 *
 * @throws KvmtraceError (exit code 3) where the addon of better-sqlite3 cannot be loaded; else SQLite's errors
 */
export function openDatabase(path: string, options?: Options): Database {
  return withAddon('better-sqlite3', () => new Sqlite(path, options));
}

/** Finds out whether SQLite can be loaded, before the work is handed to a thread. */
export function checkSqlite(): void {
  openDatabase(':memory:').close();
}
