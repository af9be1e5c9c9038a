import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { brotliCompressSync, constants as zlib } from 'node:zlib';
import { openDatabase } from '../sqlite.js';
import type { Database } from 'better-sqlite3';
import { inputError } from '../../base/errors.js';
import { makeTemporary, removeTemporary, temporaryError } from '../../base/temporary.js';
import { DERIVED_STEPS_KEY, DERIVED_VERSION_KEY } from '../format/derived-schema.js';
import { openTrace } from '../read/open.js';
import { referenceSchema } from '../read/checks/schema-check.js';
import { explainReadError, sqliteCode } from '../read/sqlite-errors.js';
import { APPLICATION_ID, FORMAT_VERSION, schemaSql } from '../format/schema.js';
import { DERIVED_SEAL_KEY, SEAL_KEY } from '../seal.js';
import { sourceStatements } from '../format/source-schema.js';
import { BLOCK_BYTES, PACK_HEADER_BYTES, PACK_MAGIC, PACK_VERSION } from './format.js';

/** Sizes of the file before and after, in bytes. */
export interface PackResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

const PRAGMAS = [
  'page_size = 4096',
  'journal_mode = OFF',
  'synchronous = OFF',
  // The trace is untrusted here too.
  'trusted_schema = OFF',
  'cell_size_check = ON',
];
/** Up to here the best compression costs less than a second. */
const SMALL_BYTES = 4 * 1024 * 1024;
const BEST_QUALITY = 11;
const QUICK_QUALITY = 5;
/** https://www.sqlite.org/fileformat.html: change counter, and the version that it is valid for. */
const CHANGE_COUNTER_OFFSET = 24;
const VERSION_VALID_FOR_OFFSET = 92;
const SQLITE_VERSION_OFFSET = 96;
/** What a packed file says of how often it was changed. */
const PACKED_COUNTER = 1;

/**
 * Packs a trace: what is derived and the indexes are left out, and made again when it is opened.
 *
 * @throws KvmtraceError (exit code 2): not a trace, not complete, the output cannot be written; (3): no
 *   room for a copy among the temporary files
 */
export function packTrace(path: string, output: string): PackResult {
  const directory = makeTemporary();
  try {
    const copy = join(directory, 'copy.db');
    const bytesBefore = copyInOrder(path, copy);
    const unfinished = join(dirname(output), `.${basename(output)}.${process.pid}`);
    try {
      compress(copy, unfinished);
      renameSync(unfinished, output);
    } catch (error) {
      rmSync(unfinished, { force: true });
      const { code = 'unknown error' } = error as NodeJS.ErrnoException;
      throw inputError(`${output} cannot be written (${code}): give another path.`, error);
    }
    return { bytesBefore, bytesAfter: statSync(output).size };
  } finally {
    removeTemporary(directory);
  }
}

/** Writes the tables of the format alone, in the order of their keys. Returns the size of the trace. */
function copyInOrder(path: string, copy: string): number {
  // What it is opened as: a packed trace is opened as what was packed.
  using trace = openTrace(path);
  if (trace.meta.get('complete') !== 1n) {
    throw inputError(
      `${path} is not complete, and a packed trace cannot be gone on with: record it again.`,
    );
  }
  const database = openDatabase(copy);
  try {
    for (const pragma of PRAGMAS) {
      database.pragma(pragma);
    }
    database.exec(schemaSql());
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${FORMAT_VERSION}`);
    database.prepare('ATTACH ? AS source').run(trace.file);
    // A new file, filled table by table in one order, has no history that could show.
    database.exec('BEGIN');
    for (const { type, name } of referenceSchema()) {
      if (type !== 'table') continue;
      database.exec(
        `INSERT INTO main.${name} SELECT * FROM source.${name} ${kept(name)} ORDER BY ${order(database, name)}`,
      );
    }
    if (trace.unaltered) {
      database.prepare('INSERT INTO meta VALUES (?, ?)').run(SEAL_KEY, BigInt(PACKED_COUNTER));
    }
    for (const { name, sql } of trace.sourceLines.isThere ? sourceStatements() : []) {
      database.exec(sql);
      database.exec(`INSERT INTO main.${name} SELECT * FROM source.${name} ORDER BY rowid`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (/^SQLITE_(?:FULL|IOERR)/.test(sqliteCode(error) ?? '')) throw temporaryError(error);
    throw explainReadError(error, path, 'its tables');
  } finally {
    database.close();
  }
  return trace.sizeBytes;
}

/** What is derived is left out, and so is what says that it is there. */
function kept(table: string): string {
  return table === 'meta'
    ? `WHERE key NOT IN ('${DERIVED_VERSION_KEY}', '${DERIVED_STEPS_KEY}', '${DERIVED_SEAL_KEY}', '${SEAL_KEY}')`
    : '';
}

/** The primary key, in which the file has the rows anyway, or the order in which they came. */
function order(database: Database, table: string): string {
  const withoutRowId = database
    .prepare<[string], number>(
      "SELECT wr FROM pragma_table_list WHERE name = ? AND schema = 'main'",
    )
    .pluck()
    .get(table);
  if (withoutRowId !== 1) return 'rowid';
  return database
    .prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
    .pluck()
    .all(table)
    .join();
}

function compress(copy: string, output: string): void {
  const size = statSync(copy).size;
  const quality = size <= SMALL_BYTES ? BEST_QUALITY : QUICK_QUALITY;
  const input = openSync(copy, 'r');
  const target = openSync(output, 'w');
  const hash = createHash('sha256');
  try {
    const header = Buffer.alloc(PACK_HEADER_BYTES);
    PACK_MAGIC.copy(header);
    header.writeUInt32LE(PACK_VERSION, 8);
    header.writeUInt32LE(FORMAT_VERSION, 12);
    writeSync(target, header);
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      const block = Buffer.alloc(Math.min(BLOCK_BYTES, size - at));
      readSync(input, block, 0, block.length, at);
      if (at === 0) forgetHistory(block);
      hash.update(block);
      const packed = brotliCompressSync(block, {
        params: {
          [zlib.BROTLI_PARAM_QUALITY]: quality,
          [zlib.BROTLI_PARAM_LGWIN]: zlib.BROTLI_MAX_WINDOW_BITS,
          [zlib.BROTLI_PARAM_SIZE_HINT]: block.length,
        },
      });
      writeSync(target, lengths(block.length, packed.length));
      writeSync(target, packed);
    }
    writeSync(target, lengths(0, 0));
    writeSync(target, hash.digest());
  } finally {
    closeSync(input);
    closeSync(target);
  }
}

/** SQLite's header counts changes and names its own version: not what the trace is about. */
function forgetHistory(header: Buffer): void {
  header.writeUInt32BE(PACKED_COUNTER, CHANGE_COUNTER_OFFSET);
  header.writeUInt32BE(PACKED_COUNTER, VERSION_VALID_FOR_OFFSET);
  header.writeUInt32BE(0, SQLITE_VERSION_OFFSET);
}

function lengths(length: number, packed: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeUInt32LE(length, 0);
  buffer.writeUInt32LE(packed, 4);
  return buffer;
}
