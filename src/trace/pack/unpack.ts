import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { openDatabase } from '../sqlite.js';
import { inputError, KvmtraceError } from '../../base/errors.js';
import { toolVersion } from '../../base/package-root.js';
import { makeTemporary, temporaryError } from '../../base/temporary.js';
import { damaged, sqliteCode } from '../read/sqlite-errors.js';
import { statedBytes } from '../read/checks/file-check.js';
import { FORMAT_VERSION } from '../format/schema.js';
import { changeCounter, SEAL_KEY, sealFile } from '../seal.js';
import { RECORDING_INDEXES } from '../write/indexes.js';
import { BLOCK_BYTES, HASH_BYTES, PACK_HEADER_BYTES, PACK_VERSION } from './format.js';

/** No trace shrinks as much: a file that says so wants to fill the disk. */
const MAX_RATIO = 1000;

/** By path, size and time: a trace that is opened twice is unpacked once. */
const unpacked = new Map<string, string>();

/** The output could not be written; the cause says why. */
class WriteError extends Error {}

/**
 * Unpacks a packed trace to a temporary file, which is removed when the process ends, and returns its
 * path.
 *
 * @throws KvmtraceError: as `unpackTrace`; exit code 3 where there is no room for it
 */
export function unpackTemporarily(path: string): string {
  const { size, mtimeMs } = statSync(path);
  const key = `${resolve(path)}\n${size}\n${mtimeMs}`;
  const known = unpacked.get(key);
  if (known !== undefined) return known;
  const target = join(makeTemporary(), basename(path));
  try {
    unpackInto(path, target);
  } catch (error) {
    rmSync(target, { force: true });
    throw error instanceof WriteError ? temporaryError(error.cause) : error;
  }
  unpacked.set(key, target);
  return target;
}

/**
 * Writes the trace that a packed one holds, indexes and all. What was at `output` stays until all of
 * it is there.
 *
 * @throws KvmtraceError (exit code 2): damaged, of a newer version, the output cannot be written
 */
export function unpackTrace(path: string, output: string): void {
  const unfinished = join(dirname(output), `.${basename(output)}.${process.pid}`);
  try {
    unpackInto(path, unfinished);
    renameSync(unfinished, output);
  } catch (error) {
    rmSync(unfinished, { force: true });
    if (error instanceof KvmtraceError) throw error;
    const cause = error instanceof WriteError ? error.cause : error;
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw inputError(`${output} cannot be written (${code}): give another path.`, cause);
  }
}

function unpackInto(path: string, output: string): void {
  const input = openSync(path, 'r');
  try {
    const target = writing(() => openSync(output, 'w'));
    try {
      decompress(path, input, target);
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(input);
  }
  makeIndexes(path, output);
}

function makeIndexes(path: string, output: string): void {
  const database = openDatabase(output);
  try {
    database.pragma('journal_mode = OFF');
    database.pragma('synchronous = OFF');
    // As it was packed: what had been altered before stays so.
    const stated = database
      .prepare<[string], number>('SELECT value FROM meta WHERE key = ?')
      .pluck()
      .get(SEAL_KEY);
    const sealed = stated !== undefined && stated === changeCounter(output);
    for (const { name, on } of RECORDING_INDEXES) {
      database.exec(`CREATE INDEX ${name} ON ${on}`);
    }
    if (sealed) sealFile(database, [SEAL_KEY]);
  } catch (error) {
    if (/^SQLITE_(?:FULL|IOERR)/.test(sqliteCode(error) ?? '')) {
      throw new WriteError('', { cause: error });
    }
    throw damaged(path, 'what it holds is no trace', error);
  } finally {
    database.close();
  }
}

function decompress(path: string, input: number, target: number): void {
  const size = fstatSync(input).size;
  const read = (length: number, at: number): Buffer => {
    const buffer = Buffer.alloc(length);
    if (readSync(input, buffer, 0, length, at) !== length) throw damaged(path, 'it is cut short');
    return buffer;
  };
  checkHeader(path, read(PACK_HEADER_BYTES, 0));
  const hash = createHash('sha256');
  let at = PACK_HEADER_BYTES;
  let left = Infinity;
  for (;;) {
    const lengths = read(8, at);
    const length = lengths.readUInt32LE(0);
    const packed = lengths.readUInt32LE(4);
    at += 8;
    if (length === 0) break;
    if (length > BLOCK_BYTES || packed > 2 * BLOCK_BYTES)
      throw damaged(path, 'a block is too large');
    const block = decompressBlock(path, read(packed, at), length);
    if (left === Infinity) left = checkSize(path, block, size);
    left -= length;
    if (left < 0) throw damaged(path, 'it holds more than it says');
    hash.update(block);
    writing(() => writeSync(target, block));
    at += packed;
  }
  if (!read(HASH_BYTES, at).equals(hash.digest())) throw damaged(path, 'its hash is another');
  if (at + HASH_BYTES !== size) throw damaged(path, 'something follows its end');
}

function checkHeader(path: string, header: Buffer): void {
  const version = header.readUInt32LE(8);
  if (version !== PACK_VERSION) {
    throw inputError(
      `${path} is packed in format ${version}, and kvmtrace ${toolVersion} reads format ${PACK_VERSION}: update kvmtrace.`,
    );
  }
  const traceFormat = header.readUInt32LE(12);
  if (traceFormat > FORMAT_VERSION) {
    throw inputError(
      `${path} holds a trace of format ${traceFormat}, and kvmtrace ${toolVersion} reads up to format ${FORMAT_VERSION}: update kvmtrace.`,
    );
  }
}

/** The bytes that the first block says there are in all. */
function checkSize(path: string, first: Buffer, packedBytes: number): number {
  const bytes = statedBytes(first);
  if (bytes === undefined) throw damaged(path, 'what it holds is no trace');
  if (bytes > MAX_RATIO * packedBytes) {
    throw damaged(path, `it claims to hold ${bytes} bytes, which no trace of its size does`);
  }
  return bytes;
}

function decompressBlock(path: string, packed: Buffer, length: number): Buffer {
  let block: Buffer;
  try {
    block = brotliDecompressSync(packed, { maxOutputLength: length });
  } catch (error) {
    throw damaged(path, 'a block cannot be decompressed', error);
  }
  if (block.length !== length) throw damaged(path, 'a block is cut short');
  return block;
}

function writing<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new WriteError('', { cause: error });
  }
}
