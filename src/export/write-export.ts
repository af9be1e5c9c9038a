/** Writes exports: to files that appear when they are whole, to a directory, or to a pipe. */
import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync, statSync, mkdirSync, existsSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import { inputError, machineError } from '../base/errors.js';
import type { Chunk, Exporter, ExportSource } from './exporter.js';

/** Collected before it is written: pieces are as small as a line. */
const BUFFER_BYTES = 256 * 1024;

/** Where an export goes and how it is watched. */
export interface WriteOptions {
  /** The output is a directory. */
  readonly directory: boolean;
  /** Told now and then, with what has been written so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Ends the export; what has been written of it is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface ExportResult {
  /** In all files. */
  readonly bytes: number;
  /** Their paths. */
  readonly files: readonly string[];
}

/**
 * Writes an export to `source.output`, or to `pipe` where that is undefined.
 *
 * @throws KvmtraceError (exit code 2) for a damaged trace and what the format cannot hold, (3) where
 * the output cannot be written; nothing of it is left then. AbortError when the signal comes.
 */
export async function writeExport(
  exporter: Exporter,
  source: ExportSource,
  options: WriteOptions,
  pipe?: NodeJS.WritableStream,
): Promise<ExportResult> {
  const { output } = source;
  const written: { readonly partial: string; readonly path: string }[] = [];
  let bytes = 0;
  const counted = (more: number): void => {
    bytes += more;
    options.onBytes?.(bytes);
  };
  try {
    for (const { name, chunks } of exporter.files(source)) {
      if (output === undefined) {
        await pump(chunks, pipe!, counted, options.signal);
        continue;
      }
      const path = options.directory ? join(output, name) : `${output}${name}`;
      const partial = isSpecial(path) ? path : `${path}.partial`;
      if (options.directory) mkdirSync(output, { recursive: true });
      written.push({ partial, path });
      await writeFile(partial, chunks, counted, options.signal);
    }
    // All of them or none: an export that fails leaves what was there before.
    for (const { partial, path } of written) if (partial !== path) renameSync(partial, path);
  } catch (error) {
    for (const { partial, path } of written) if (partial !== path) rmSync(partial, { force: true });
    throw explain(error, output);
  }
  return { bytes, files: written.map(({ path }) => path) };
}

/** /dev/null, a named pipe: nothing that could be renamed over. */
function isSpecial(path: string): boolean {
  return existsSync(path) && !statSync(path).isFile();
}

async function writeFile(
  path: string,
  chunks: Iterable<Chunk>,
  onWrite: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stream = createWriteStream(path);
  // Failures are met where they are waited for; without a listener they would be thrown at nobody.
  stream.on('error', () => undefined);
  // Opened before anything is written: a failure closes it, and the file can go.
  await once(stream, 'open');
  try {
    await pump(chunks, stream, onWrite, signal);
    stream.end();
    await finished(stream);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

async function pump(
  chunks: Iterable<Chunk>,
  stream: NodeJS.WritableStream,
  onWrite: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let text = '';
  const write = async (data: Uint8Array): Promise<void> => {
    signal?.throwIfAborted();
    onWrite(data.length);
    await new Promise<void>((resolve, reject) => {
      stream.write(data, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    // Signals arrive between events only, and a fast disk leaves none.
    await new Promise(setImmediate);
  };
  for (const chunk of chunks) {
    if (typeof chunk === 'string') {
      text += chunk;
      if (text.length < BUFFER_BYTES) continue;
    }
    if (text !== '') await write(Buffer.from(text, 'utf8'));
    text = '';
    if (typeof chunk !== 'string') await write(chunk);
  }
  if (text !== '') await write(Buffer.from(text, 'utf8'));
}

function explain(error: unknown, output: string | undefined): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  // Whoever read the pipe has enough: the command line knows what that means.
  if (output === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return machineError(
      `there is no room for ${output} (${code}): make some, or name another place with -o.`,
      error,
    );
  }
  return inputError(`${output} cannot be written (${code}): give another path with -o.`, error);
}
