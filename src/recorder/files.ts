/** The files of a recording: what it reads beside the guest, and the trace. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { inputError, KvmtraceError, machineError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import { checkSqlite } from '../trace/sqlite.js';
import type { TraceHeader } from '../trace/write/header.js';
import { TraceRecording, WriterError } from '../trace/write/recording.js';
import type { RecordOptions } from './options.js';

/** Creates the trace; leaves nothing behind where that fails. */
export async function createRecording(
  header: TraceHeader,
  options: Pick<RecordOptions, 'output'>,
): Promise<TraceRecording> {
  checkSqlite();
  try {
    return await TraceRecording.create(header);
  } catch (error) {
    if (error instanceof KvmtraceError || !(error instanceof WriterError)) throw error;
    removeTrace(options.output);
    const full = error.code === 'SQLITE_FULL' || error.code.startsWith('SQLITE_IOERR');
    const wayOut = full
      ? 'free some space on that disk'
      : `give another path with ${option('output')}`;
    throw (full ? machineError : inputError)(
      `the trace ${options.output} cannot be written (${error.message}): ${wayOut}`,
      error,
    );
  }
}

/** Removes a trace, also one that a killed recorder left, if there is any. */
export function removeTrace(path: string): void {
  for (const file of [path, `${path}-journal`]) {
    try {
      rmSync(file, { force: true });
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException;
      // Below a file that is no directory there is none.
      if (code === 'ENOTDIR') continue;
      throw inputError(
        `${file} cannot be removed (${code}): give another path with ${option('output')}`,
        error,
      );
    }
  }
}

/** The bytes that the guest will read from COM1. */
export function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw inputError(
      `${option('port-input')} ${path} cannot be read (${code}): give a readable file`,
      error,
    );
  }
}

/** Refuses an output that is there already, unless it may be replaced. */
export function checkOutput({ output, force }: Pick<RecordOptions, 'output' | 'force'>): void {
  if (!existsSync(output)) return;
  if (statSync(output).isDirectory()) {
    throw inputError(
      `the output ${output} is a directory: give the path of a file with ${option('output')}`,
    );
  }
  if (!force) {
    throw inputError(
      `the output ${output} exists already: give another path, or ${option('force')} to replace it`,
    );
  }
}

/** In bytes; 0 for no file. */
export function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
