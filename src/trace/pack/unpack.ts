import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import { inputError } from '../../errors.js';
import { toolVersion } from '../../package-root.js';
import { damaged } from '../reader/sqlite-errors.js';
import { RECORDING_INDEXES } from '../writer/indexes.js';
import { BLOCK_BYTES, HASH_BYTES, PACK_HEADER_BYTES, PACK_VERSION } from './format.js';

/** By path, size and time: a trace that is opened twice is unpacked once. */
const unpacked = new Map<string, string>();

const directories: string[] = [];

function removeDirectories(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}

/**
 * Unpacks a packed trace to a temporary file, which is removed when the process ends, and returns its
 * path. The file keeps its name, for messages.
 */
export function unpackTemporarily(path: string): string {
  const { size, mtimeMs } = statSync(path);
  const key = `${resolve(path)}\n${size}\n${mtimeMs}`;
  const known = unpacked.get(key);
  if (known !== undefined) return known;
  if (directories.length === 0) process.once('exit', removeDirectories);
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-'));
  directories.push(directory);
  const target = join(directory, basename(path));
  unpackTrace(path, target);
  unpacked.set(key, target);
  return target;
}

/**
 * Writes the trace that a packed one holds, indexes and all.
 *
 * @throws KvmtraceError (exit code 2): damaged, of a newer version
 */
export function unpackTrace(path: string, output: string): void {
  const input = openSync(path, 'r');
  const target = openSync(output, 'w');
  try {
    decompress(path, input, target);
  } finally {
    closeSync(input);
    closeSync(target);
  }
  const database = new Sqlite(output);
  try {
    database.pragma('journal_mode = OFF');
    database.pragma('synchronous = OFF');
    for (const { name, on } of RECORDING_INDEXES) {
      database.exec(`CREATE INDEX ${name} ON ${on}`);
    }
  } catch (error) {
    throw damaged(path, 'what it holds is no trace', error);
  } finally {
    database.close();
  }
}

function decompress(path: string, input: number, target: number): void {
  const read = (length: number, at: number): Buffer => {
    const buffer = Buffer.alloc(length);
    if (readSync(input, buffer, 0, length, at) !== length) throw damaged(path, 'it is cut short');
    return buffer;
  };
  const version = read(PACK_HEADER_BYTES, 0).readUInt32LE(8);
  if (version !== PACK_VERSION) {
    throw inputError(
      `${path} is packed in format ${version}, and kvmtrace ${toolVersion} reads format ${PACK_VERSION}: update kvmtrace.`,
    );
  }
  const hash = createHash('sha256');
  let at = PACK_HEADER_BYTES;
  for (;;) {
    const lengths = read(8, at);
    const length = lengths.readUInt32LE(0);
    const packed = lengths.readUInt32LE(4);
    at += 8;
    if (length === 0) break;
    if (length > BLOCK_BYTES || packed > 2 * BLOCK_BYTES)
      throw damaged(path, 'a block is too large');
    const block = decompressBlock(path, read(packed, at), length);
    hash.update(block);
    writeSync(target, block);
    at += packed;
  }
  if (!read(HASH_BYTES, at).equals(hash.digest())) throw damaged(path, 'its hash is another');
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
