import { readFileSync, statSync, type Stats } from 'node:fs';
import { inputError } from '../../errors.js';
import { DEFAULT_MEMORY_SIZE, memoryLayout, type MemoryLayout } from '../boot/layout.js';
import { elfMode, loadElf } from './elf.js';
import { isElf } from './elf-header.js';
import { loadFlat } from './flat.js';
import type { GuestFormat, GuestImage, GuestMode } from './image.js';

/** What the command line says about a guest; everything may be left out. */
export interface LoadOptions {
  /** `auto`, the default, takes a file that starts as ELF for ELF, anything else for flat. */
  readonly format?: GuestFormat | 'auto' | undefined;
  /** Mode in which a flat guest starts: `real` by default. An ELF says it of itself. */
  readonly mode?: GuestMode | undefined;
  /** Guest-physical load address of a flat guest: 0x7c00 in real mode, otherwise 1 MiB. */
  readonly load?: bigint | undefined;
  /** Address of the first instruction, instead of the load address or the ELF's entry. */
  readonly entry?: bigint | undefined;
  /** RAM in bytes; 64 MiB by default. */
  readonly memorySize?: number | undefined;
}

export interface LoadedGuest {
  readonly image: GuestImage;
  readonly layout: MemoryLayout;
}

/** Guests are a few megabytes; what is larger than this is a mistake, and Node's buffers end at 2 GiB. */
const MAX_FILE_SIZE = 1024 ** 3;

function whyNot(path: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const guest = JSON.stringify(path);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return inputError(
      `There is no guest ${guest}: give the path of an ELF or a flat binary.`,
      error,
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return inputError(
      `The guest ${guest} is not readable: change its permissions (chmod +r).`,
      error,
    );
  }
  return inputError(`The guest ${guest} cannot be read (${code}): give another file.`, error);
}

function checkFile(path: string, status: Stats): void {
  const guest = `The guest ${JSON.stringify(path)}`;
  if (status.isDirectory()) {
    throw inputError(`${guest} is a directory: give the path of an ELF or a flat binary.`);
  }
  if (!status.isFile()) {
    throw inputError(`${guest} is not a regular file: copy its contents into one.`);
  }
  if (status.size === 0) {
    throw inputError(`${guest} is empty: give a guest with at least one instruction.`);
  }
  if (status.size > MAX_FILE_SIZE) {
    throw inputError(
      `${guest} has ${status.size} bytes, more than the 1G a guest may have: give a smaller one.`,
    );
  }
}

function readGuest(path: string): Uint8Array {
  let status: Stats;
  try {
    status = statSync(path);
  } catch (error) {
    throw whyNot(path, error);
  }
  checkFile(path, status);
  try {
    return readFileSync(path);
  } catch (error) {
    throw whyNot(path, error);
  }
}

function checkElfOptions(guest: string, mode: GuestMode, options: LoadOptions): void {
  if (options.load !== undefined) {
    throw inputError(`${guest} is an ELF, which says itself where it goes: leave --load away.`);
  }
  if (options.mode !== undefined && options.mode !== mode) {
    throw inputError(
      `${guest} is an ELF for ${mode} mode, not for ${options.mode} mode: leave --mode away.`,
    );
  }
}

/**
 * The image of a guest whose file's bytes are given, with the memory it goes into. `path` is for
 * messages only. Throws a KvmtraceError when guest and options do not fit.
 */
export function loadGuestBytes(
  path: string,
  bytes: Uint8Array,
  options: LoadOptions = {},
): LoadedGuest {
  const guest = `The guest ${JSON.stringify(path)}`;
  const { format = 'auto', load, entry, memorySize = DEFAULT_MEMORY_SIZE } = options;
  if (format === 'elf' || (format === 'auto' && isElf(bytes))) {
    if (!isElf(bytes)) {
      throw inputError(`${guest} does not start as an ELF does: give --format flat, or an ELF.`);
    }
    const mode = elfMode(guest, bytes);
    checkElfOptions(guest, mode, options);
    const layout = memoryLayout(memorySize, mode);
    return { image: loadElf(guest, bytes, { layout, entry }), layout };
  }
  const { mode = 'real' } = options;
  const layout = memoryLayout(memorySize, mode);
  return { image: loadFlat(guest, bytes, { mode, layout, load, entry }), layout };
}

/**
 * Reads and checks a guest's file. Throws a KvmtraceError (exit code 2) when there is no such
 * file, it cannot be read, is empty, or cannot be loaded as the options say.
 */
export function loadGuest(path: string, options: LoadOptions = {}): LoadedGuest {
  return loadGuestBytes(path, readGuest(path), options);
}
