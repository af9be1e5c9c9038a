import { accessSync, constants, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { inputError } from '../../base/errors.js';
import { tool } from '../../base/option-names.js';
import { toolVersion } from '../../base/package-root.js';
import { isPacked } from '../pack/format.js';
import { unpackTemporarily } from '../pack/unpack.js';
import { APPLICATION_ID, FORMAT_VERSION } from '../format/schema.js';
import { FAST_APPLICATION_ID } from '../fast/entry.js';
import { Connection } from './connection.js';
import { readFileFacts } from './checks/file-check.js';
import { rollBackHotJournal } from './checks/hot-journal.js';
import { checkSchema } from './checks/schema-check.js';
import { treeFault } from './checks/page-trees.js';
import { damaged, explainReadError, sqliteCode } from './sqlite-errors.js';
import { TraceFile } from './trace-file.js';
import { natural } from './values.js';

/** The page on which sqlite_schema begins. */
const SCHEMA_ROOT = 1;

/**
 * Opens a trace for reading and checks that it is one.
 *
 * A trace whose recorder was killed is first put back to its last committed batch, which is the
 * only case in which the file is written to. A packed trace is unpacked to a temporary file.
 *
 * @throws KvmtraceError (exit code 2), one sentence: no such file, not a trace, cut short, of a newer
 *   format, with a missing or altered table, damaged, locked
 */
export function openTrace(path: string): TraceFile {
  if (isPacked(path)) {
    // Nobody else writes it, and no recorder left a journal beside it.
    const file = unpackTemporarily(path);
    try {
      return check(connectOnce(path, file));
    } catch (error) {
      throw explainReadError(error, path, 'the header');
    }
  }
  readFileFacts(path);
  return check(connect(path));
}

/**
 * Opens a trace so that its derived tables can be made in it, once it has passed as one.
 *
 * @throws KvmtraceError (exit code 2) like openTrace, and where the file may not be written
 */
export function openTraceForIndex(path: string): TraceFile {
  if (isPacked(path)) {
    throw inputError(
      `${path} is packed, and an index is kept in a trace: unpack it first with ${tool('kvmtrace pack --unpack', 'unpackTrace')}.`,
    );
  }
  openTrace(path).close();
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(realpathSync(path)), constants.W_OK);
  } catch (error) {
    throw inputError(
      `${path} or its directory may not be written, so the index cannot be kept in it: give write access, or ask without an index, which takes longer.`,
      error,
    );
  }
  let connection: Connection;
  try {
    connection = new Connection(path, 'rw');
  } catch (error) {
    throw explainOpenError(error, path);
  }
  return check(connection);
}

function check(connection: Connection): TraceFile {
  const { path, file } = connection;
  try {
    checkVersion(connection);
    // Again: a rollback may have changed it.
    const { sizeBytes, expectedBytes } = readFileFacts(file);
    if (expectedBytes !== undefined && sizeBytes < expectedBytes) {
      throw cutShort(path, sizeBytes, expectedBytes);
    }
    checkTrees(connection);
    checkSchema(connection);
    const trace = new TraceFile(connection, sizeBytes);
    checkStatedVersion(trace);
    return trace;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Before anything reads the tables. */
function checkTrees(connection: Connection): void {
  const { path, file } = connection;
  const roots = connection
    .query(
      'sqlite_schema',
      "SELECT rootpage FROM sqlite_schema WHERE type IN ('table', 'index') AND rootpage > 0",
      (row) => natural(row, 0),
    )
    .all();
  refuseFault(path, file, roots);
}

function refuseFault(path: string, file: string, roots: readonly number[]): void {
  const fault = treeFault(file, roots);
  if (fault !== undefined) throw damaged(path, fault);
}

/** A connection that has read the first page. */
function connect(path: string): Connection {
  try {
    return connectOnce(path);
  } catch (error) {
    const code = sqliteCode(error);
    if (code === 'SQLITE_READONLY_ROLLBACK' || code === 'SQLITE_READONLY_RECOVERY') {
      rollBackHotJournal(path);
      try {
        return connectOnce(path);
      } catch (again) {
        throw explainOpenError(again, path);
      }
    }
    throw explainOpenError(error, path);
  }
}

function connectOnce(path: string, file = path): Connection {
  let connection: Connection | undefined;
  try {
    refuseFault(path, file, [SCHEMA_ROOT]);
    connection = new Connection(path, 'ro', file);
    connection.database.pragma('schema_version');
    return connection;
  } catch (error) {
    connection?.close();
    throw error;
  }
}

function explainOpenError(error: unknown, path: string): unknown {
  if (sqliteCode(error)?.startsWith('SQLITE_CORRUPT') === true) {
    const { sizeBytes, expectedBytes } = readFileFacts(path);
    if (expectedBytes !== undefined && sizeBytes < expectedBytes) {
      return cutShort(path, sizeBytes, expectedBytes, error);
    }
  }
  return explainReadError(error, path, 'the header');
}

function cutShort(path: string, size: number, expected: number, cause?: unknown): Error {
  return damaged(path, `it is cut short, ${size} bytes instead of ${expected}`, cause);
}

function checkVersion(connection: Connection): void {
  const { path } = connection;
  const pragma = (name: string): number =>
    connection.query('the header', `PRAGMA ${name}`, (row) => Number(row[0])).first()!;
  if (pragma('application_id') === FAST_APPLICATION_ID) {
    throw inputError(
      `${path} is a log of record --fast and has no steps: make a trace of it with ${tool('kvmtrace expand', 'expandLog')}.`,
    );
  }
  if (pragma('application_id') !== APPLICATION_ID) {
    throw inputError(
      `${path} is an SQLite file but not a trace: give a file that kvmtrace record wrote.`,
    );
  }
  const version = pragma('user_version');
  if (version > FORMAT_VERSION) throw newerFormat(path, version);
  if (version < 1) throw damaged(path, `its format version is ${version}`);
}

/** `meta` says the version again, for those who read the trace with other tools. */
function checkStatedVersion(trace: TraceFile): void {
  const stated = Number(trace.meta.get('format_version') ?? FORMAT_VERSION);
  if (stated > FORMAT_VERSION) throw newerFormat(trace.path, stated);
  if (!(stated >= 1)) throw damaged(trace.path, `meta.format_version is ${stated}`);
}

function newerFormat(path: string, found: number): Error {
  return inputError(
    `${path} is a trace of format ${found}, and kvmtrace ${toolVersion} reads up to format ${FORMAT_VERSION}: update kvmtrace.`,
  );
}
