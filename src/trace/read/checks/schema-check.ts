/**
 * Compares a trace's schema with the one that kvmtrace makes. Views and triggers are programs: only
 * those that are ours, word for word, are let in under our names.
 */
import { openDatabase } from '../../sqlite.js';
import { inputError } from '../../../base/errors.js';
import {
  DERIVED_VERSION,
  DERIVED_VERSION_KEY,
  derivedStatements,
} from '../../format/derived-schema.js';
import { schemaSql } from '../../format/schema.js';
import { sourceStatements } from '../../format/source-schema.js';
import type { Connection } from '../connection.js';
import { optional, text, word } from '../values.js';

type EntryType = 'table' | 'view' | 'index' | 'trigger';

interface SchemaEntry {
  readonly type: EntryType;
  readonly name: string;
  /** Undefined for the indexes that SQLite makes itself. */
  readonly sql: string | undefined;
}

const SCHEMA = 'SELECT type, name, sql FROM main.sqlite_schema';

let reference: readonly SchemaEntry[] | undefined;

/** The tables and views of a trace of the current format, in the order of schema/. */
export function referenceSchema(): readonly SchemaEntry[] {
  if (reference === undefined) {
    const database = openDatabase(':memory:');
    database.exec(schemaSql());
    const rows = database.prepare<[], SchemaEntry>(SCHEMA).all();
    database.close();
    reference = rows.filter(({ type }) => type === 'table' || type === 'view');
  }
  return reference;
}

/** Throws a KvmtraceError unless every table and view is there and as kvmtrace makes it. */
export function checkSchema(connection: Connection): void {
  const { path } = connection;
  const found = new Map<string, SchemaEntry>();
  const entries = connection.query('sqlite_schema', SCHEMA, (row) => ({
    type: word(row, 0, ['table', 'view', 'index', 'trigger']),
    name: text(row, 1),
    sql: optional(text, row, 2),
  }));
  for (const entry of entries.all()) {
    const { type, name, sql } = entry;
    if (type === 'trigger' || /^create\s+virtual\b/i.test(sql ?? '')) {
      throw inputError(
        `${path} has a ${type === 'trigger' ? 'trigger' : 'virtual table'} ${name}, which kvmtrace never makes: drop it to read the trace.`,
      );
    }
    if (type !== 'index') found.set(name, entry);
  }
  for (const expected of referenceSchema()) {
    const { type, name } = expected;
    const entry = found.get(name);
    if (entry?.type !== type) {
      throw inputError(
        `${path} has no ${type} ${name}, so it is damaged or not a whole trace: record it again, or take it from a copy.`,
      );
    }
    if (normalized(entry.sql) !== normalized(expected.sql)) throw difference(connection, expected);
  }
  checkDerived(found, connection);
  checkSource(found, connection);
}

/**
 * Derived tables may be missing; where there are any, they are ours. Those of an older kvmtrace may
 * have had other columns: nothing reads them but SQL of the user's, and kvmtrace index replaces them.
 */
function checkDerived(found: ReadonlyMap<string, SchemaEntry>, connection: Connection): void {
  const { path } = connection;
  const version = connection
    .query('meta', 'SELECT value FROM meta WHERE key = ?', (row) => row[0])
    .first(DERIVED_VERSION_KEY);
  const older = typeof version === 'bigint' && version < DERIVED_VERSION;
  for (const { type, name, sql } of derivedStatements()) {
    const entry = found.get(name);
    if (type === 'index' || entry === undefined) continue;
    if (entry.type !== type || (!older && normalized(entry.sql) !== normalized(sql))) {
      throw inputError(
        `${path} has a ${entry.type} ${name} that is not as kvmtrace makes it: drop it, and let kvmtrace index make it again.`,
      );
    }
  }
}

/** Tables of source lines may be missing, too. */
function checkSource(found: ReadonlyMap<string, SchemaEntry>, { path }: Connection): void {
  for (const { type, name, sql } of sourceStatements()) {
    const entry = found.get(name);
    if (entry === undefined) continue;
    if (entry.type === type && normalized(entry.sql) === normalized(sql)) continue;
    throw inputError(
      `${path} has a ${entry.type} ${name} that is not as kvmtrace makes it: drop it, or record the trace again.`,
    );
  }
}

function difference(connection: Connection, { type, name }: SchemaEntry): Error {
  const present = new Set(columnsOf(connection, name));
  const missing = expectedColumns(name).find((column) => !present.has(column));
  return inputError(
    missing === undefined
      ? `${connection.path} has a ${type} ${name} that is not as kvmtrace makes it: undo the change, or record the trace again.`
      : `${connection.path} has a ${type} ${name} without the column ${missing}: undo the change, or record the trace again.`,
  );
}

/** Column names of a table or view of the trace. */
export function columnsOf(connection: Connection, name: string): string[] {
  return connection
    .query(name, 'SELECT name FROM pragma_table_xinfo(?)', (row) => text(row, 0))
    .all(name);
}

function expectedColumns(name: string): string[] {
  const database = openDatabase(':memory:');
  try {
    database.exec(schemaSql());
    return database
      .prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?)')
      .pluck()
      .all(name);
  } finally {
    database.close();
  }
}

function normalized(sql: string | undefined): string | undefined {
  return sql?.replace(/\s+/g, ' ').trim();
}
