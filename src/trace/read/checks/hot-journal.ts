/**
 * A killed recorder leaves the last, unfinished batch in the file and what it overwrote in a journal
 * beside it. Before anybody reads the file, SQLite has to put that back, and needs to write for it.
 */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { inputError } from '../../../base/errors.js';
import { openSqlite } from '../connection.js';
import { explainReadError } from '../sqlite-errors.js';

const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

/**
 * Rolls the unfinished batch back, so that the file holds what was committed. Throws a
 * KvmtraceError where that is not possible.
 */
export function rollBackHotJournal(path: string): void {
  const file = realpathSync(path);
  const journal = `${file}-journal`;
  if (namesSuperJournal(journal)) {
    throw inputError(
      `${path} has a journal beside it that no recorder wrote: remove ${journal} to read the trace without it.`,
    );
  }
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw inputError(
      `${path} ends in a batch that its killed recorder did not finish, and taking that back needs write access to the file and its directory: give it, or copy the trace and ${journal} to where you have it.`,
      error,
    );
  }
  try {
    const database = openSqlite(file, 'rw');
    try {
      database.pragma('schema_version');
    } finally {
      database.close();
    }
  } catch (error) {
    throw explainReadError(error, path, 'the unfinished batch');
  }
}

/**
 * A journal that ends in its magic number names a super-journal, a file that SQLite would then open
 * and perhaps delete. Recorders never write one, so it is somebody's trap.
 */
function namesSuperJournal(journal: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(journal, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return false; // No journal, or one that SQLite will not be able to read either.
  }
  try {
    const size = fstatSync(descriptor).size;
    if (size < JOURNAL_MAGIC.length) return false;
    const tail = Buffer.alloc(JOURNAL_MAGIC.length);
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.equals(JOURNAL_MAGIC);
  } finally {
    closeSync(descriptor);
  }
}
