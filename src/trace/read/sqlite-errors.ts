import { inputError, KvmtraceError } from '../../base/errors.js';
import { isSqliteError } from '../sqlite.js';
import { WrongValueError } from './values.js';

/** A trace that contradicts itself; `what` completes the sentence `t.db is damaged: …`. */
export function damaged(path: string, what: string, cause?: unknown): KvmtraceError {
  return inputError(`${path} is damaged: ${what}; record it again, or take it from a copy.`, cause);
}

/** The SQLite result code of an error that SQLite raised, such as `SQLITE_CORRUPT`. */
export function sqliteCode(error: unknown): string | undefined {
  return isSqliteError(error) ? error.code : undefined;
}

/**
 * What went wrong while reading a trace, as one sentence that names the file. Errors that neither
 * SQLite nor the data caused are bugs of kvmtrace and come back as they are.
 *
 * @param about what was being read, for values of a wrong type: the name of a table
 */
export function explainReadError(error: unknown, path: string, about: string): unknown {
  if (error instanceof WrongValueError) {
    return damaged(path, `${about} holds ${error.found} where ${error.expected} belongs`, error);
  }
  if (!isSqliteError(error)) return error;
  const message = oneLine(error.message);
  const primary = /^SQLITE_[A-Z]+/.exec(error.code)?.[0];
  switch (primary) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return inputError(
        `${path} is locked by another process, perhaps its recorder: try again when that is done.`,
        error,
      );
    case 'SQLITE_IOERR':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
    case 'SQLITE_AUTH':
    case 'SQLITE_NOMEM':
    case 'SQLITE_FULL':
      return inputError(`${path} cannot be read: ${message} (${error.code}).`, error);
    default:
      return damaged(path, `${message} (${error.code}) while reading ${about}`, error);
  }
}

const MAX_MESSAGE = 120;

/** SQLite quotes what it could not parse, which may be a whole CREATE TABLE. */
export function oneLine(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ');
  return line.length <= MAX_MESSAGE ? line : `${line.slice(0, MAX_MESSAGE)}…`;
}
