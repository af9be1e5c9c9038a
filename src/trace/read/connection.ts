/**
 * The one place that opens SQLite files for reading. A trace is untrusted input: nothing in its
 * schema may call functions or write, and every error of SQLite's names the file.
 */
import { resolve } from 'node:path';
import { openDatabase } from '../sqlite.js';
import type { Database, Statement } from 'better-sqlite3';
import { inputError } from '../../base/errors.js';
import { explainReadError } from './sqlite-errors.js';
import type { Row, SqlValue } from './values.js';

/** How long to wait for a recorder that is committing a batch. */
const BUSY_TIMEOUT_MS = 2000;

const PRAGMAS = [
  // Views may only call functions that are known to be harmless.
  'trusted_schema = OFF',
  'cell_size_check = ON',
  // A file that another process cuts short must not crash this one.
  'mmap_size = 0',
  // KiB, taken as needed: looking at random steps touches a page per register and address.
  'cache_size = -128000',
];

/** A value for `?`, or an object of values for `:name`. */
export type Parameter = number | bigint | string | Readonly<Record<string, number>>;

/** Opens SQLite's handle itself; errors are SQLite's. */
export function openSqlite(path: string, mode: 'ro' | 'rw'): Database {
  // Absolute, so that no name means something special to SQLite.
  const absolute = resolve(path);
  if (absolute !== absolute.trim()) {
    throw inputError(`${path} ends in a space, which SQLite cannot open: rename it.`);
  }
  const database = openDatabase(absolute, {
    readonly: mode === 'ro',
    fileMustExist: true,
    timeout: BUSY_TIMEOUT_MS,
  });
  // better-sqlite3 has switched SQLITE_DBCONFIG_DEFENSIVE on already.
  for (const pragma of PRAGMAS) database.pragma(pragma);
  return database;
}

/** A trace opened for reading. Statements are prepared when first used. */
export class Connection implements Disposable {
  /** As it was given, for people. */
  readonly path: string;
  /** The SQLite file: another than `path` for a packed trace. */
  readonly file: string;
  readonly database: Database;

  /** @throws the error of SQLite, unexplained: the opener knows more */
  constructor(path: string, mode: 'ro' | 'rw' = 'ro', file = path) {
    this.path = path;
    this.file = file;
    this.database = openSqlite(file, mode);
  }

  /**
   * @param about the table that the query reads, for error messages
   * @param decode makes a result of a row; thrown WrongValueErrors become sentences
   */
  query<T>(about: string, sql: string, decode: (row: Row) => T): Query<T> {
    return new Query(this, about, sql, decode);
  }

  /** Runs `read`, turning SQLite's errors into sentences. */
  guard<T>(about: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw explainReadError(error, this.path, about);
    }
  }

  close(): void {
    this.database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A prepared statement whose rows are decoded and whose errors are sentences. */
export class Query<T> {
  readonly #connection: Connection;
  readonly #about: string;
  readonly #sql: string;
  readonly #decode: (row: Row) => T;
  #statement: Statement<Parameter[], SqlValue[]> | undefined;

  constructor(connection: Connection, about: string, sql: string, decode: (row: Row) => T) {
    this.#connection = connection;
    this.#about = about;
    this.#sql = sql;
    this.#decode = decode;
  }

  /** The first row, or undefined. */
  first(...parameters: Parameter[]): T | undefined {
    return this.#connection.guard(this.#about, () => {
      const row = this.#prepared().get(...parameters);
      return row === undefined ? undefined : this.#decode(row);
    });
  }

  all(...parameters: Parameter[]): T[] {
    return this.#connection.guard(this.#about, () =>
      this.#prepared()
        .all(...parameters)
        .map((row) => this.#decode(row)),
    );
  }

  /** The rows one by one, as they are asked for. */
  *each(...parameters: Parameter[]): Generator<T> {
    const connection = this.#connection;
    const rows = connection.guard(this.#about, () => this.#prepared().iterate(...parameters));
    try {
      for (;;) {
        const next = connection.guard(this.#about, () => {
          const found = rows.next();
          return found.done === true ? undefined : { row: this.#decode(found.value) };
        });
        if (next === undefined) return;
        yield next.row;
      }
    } finally {
      rows.return?.();
    }
  }

  #prepared(): Statement<Parameter[], SqlValue[]> {
    this.#statement ??= this.#connection.database
      .prepare<Parameter[], SqlValue[]>(this.#sql)
      .raw()
      .safeIntegers();
    return this.#statement;
  }
}
