/** SQL that the user wrote: run it if it only reads, and explain what is wrong with it if it fails. */
import type { Database, Statement } from 'better-sqlite3';
import { inputError, KvmtraceError } from '../../../base/errors.js';
import { tool } from '../../../base/option-names.js';
import { derivedStatements } from '../../format/derived-schema.js';
import type { Connection } from '../connection.js';
import { refusal } from './read-only-sql.js';
import { correctDisassembly } from './right-views.js';
import {
  defineFunctions,
  FUNCTIONS,
  type FunctionSource,
  type SqlFunction,
} from './sql-functions.js';
import { explainReadError, oneLine } from '../sqlite-errors.js';
import { isSqliteError } from '../../sqlite.js';
import type { Row, SqlValue } from '../values.js';

/** A derived table that neither the file nor the connection has. */
export class MissingTableError extends KvmtraceError {
  readonly table: string;

  constructor(message: string, table: string, cause: unknown) {
    super(message, 2, { cause });
    this.table = table;
  }
}

/** The trace that is asked, as far as a query and its error messages need it. */
export interface QueriedTrace extends FunctionSource {
  /** As it was given, for people. */
  readonly path: string;
  /** Names of all tables and views. */
  tables(): string[];
  /** Names of a table's columns. */
  columns(table: string): string[];
  /** Reads the symbols, so that `symbols` reads nothing any more. */
  preloadSymbols(): void;
}

/** Rows come as they are read, so that a result may be larger than memory. Iterate `rows` once. */
export interface QueryResult {
  readonly columns: readonly string[];
  /** Of each column `table.column`, or undefined for what is computed. */
  readonly sources: readonly (string | undefined)[];
  readonly rows: Iterable<Row>;
}

/**
 * Runs one statement that reads. Integers of the rows are bigint. Throws a KvmtraceError for SQL that
 * writes, attaches, changes settings, has errors or more than one statement, also while iterating.
 */
export function runUserQuery(
  connection: Connection,
  trace: QueriedTrace,
  sql: string,
  functions: readonly SqlFunction[],
): QueryResult {
  const refused = refusal(sql);
  if (refused !== undefined) throw inputError(refused);
  const { database } = connection;
  defineFunctions(database, trace, functions);
  // Not from within the statement that calls sym(): a connection runs one at a time.
  if (/\bsym\s*\(/i.test(sql)) trace.preloadSymbols();
  correctDisassembly(connection, sql);
  const statement = prepare(database, trace, sql);
  const columns = statement.columns();
  return {
    columns: columns.map(({ name }) => name),
    sources: columns.map(({ table, column }) =>
      table === null || column === null ? undefined : `${table}.${column}`,
    ),
    rows: rows(statement, trace),
  };
}

function prepare(database: Database, trace: QueriedTrace, sql: string): Statement<[], SqlValue[]> {
  let statement;
  try {
    statement = database.prepare<[], SqlValue[]>(sql);
  } catch (error) {
    throw explain(error, trace, sql);
  }
  if (!statement.reader || !statement.readonly) {
    throw inputError('the SQL would write, and a trace is only read: write a SELECT.');
  }
  return statement.raw().safeIntegers();
}

function* rows(statement: Statement<[], SqlValue[]>, trace: QueriedTrace): Generator<Row> {
  try {
    yield* statement.iterate();
  } catch (error) {
    throw explain(error, trace, statement.source);
  }
}

function explain(error: unknown, trace: QueriedTrace, sql: string): unknown {
  if (isSqliteError(error)) {
    if (error.code !== 'SQLITE_ERROR') return explainReadError(error, trace.path, 'the query');
    const text = `the SQL failed: ${oneLine(error.message)}${hint(error.message, trace, sql)}.`;
    const missing = missingTable(error.message);
    return missing !== undefined && isDerived(missing)
      ? new MissingTableError(text, missing, error)
      : inputError(text, error);
  }
  if (!(error instanceof Error)) return error;
  // better-sqlite3's own checks.
  if (/more than one statement/.test(error.message)) {
    return inputError('there is more than one SQL statement: give one at a time.', error);
  }
  if (/parameter/.test(error.message)) {
    return inputError('the SQL has parameters (?, :name): write their values in it.', error);
  }
  return error;
}

function missingTable(message: string): string | undefined {
  return /^no such table: (?:main\.)?(\w+)/.exec(message)?.[1];
}

function isDerived(table: string): boolean {
  return derivedStatements().some(({ name }) => name === table);
}

function hint(message: string, trace: QueriedTrace, sql: string): string {
  const missing = missingTable(message);
  if (missing !== undefined && isDerived(missing)) {
    return `; ${tool(`kvmtrace index ${trace.path}`, 'indexTrace')} makes it`;
  }
  if (missing !== undefined) {
    return `; the tables are ${trace.tables().join(', ')}`;
  }
  if (message.startsWith('no such function')) {
    return `; besides those of SQLite there are ${FUNCTIONS.join(', ')}`;
  }
  if (message.startsWith('no such column')) {
    const words = new Set(sql.toLowerCase().match(/\w+/g));
    return trace
      .tables()
      .filter((table) => words.has(table.toLowerCase()))
      .map((table) => `; the columns of ${table} are ${trace.columns(table).join(', ')}`)
      .join('');
  }
  return '';
}
