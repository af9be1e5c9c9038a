import { readFileSync, statSync, type Stats } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { inputError } from '../../base/errors.js';
import { option } from '../../base/option-names.js';
import { sha256 } from '../../base/sha256.js';
import { hasAt } from './bytes.js';
import { foreignKind } from './foreign-kinds.js';
import type { GuestFile, GuestFormat, LoadedGuest, LoadOptions } from './format.js';
import { formatNamed, formatOf } from './formats.js';

export type { LoadedGuest, LoadOptions } from './format.js';

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

/**
 * The image of a guest whose file's bytes are given, with the memory it goes into. `path` is for
 * messages only. Throws a KvmtraceError when guest and options do not fit, and for a file of unknown
 * kind unless the options say that it is flat: what is no code must not be run as code.
 */
export function loadGuestBytes(
  path: string,
  bytes: Uint8Array,
  options: LoadOptions = {},
): LoadedGuest {
  const title = `The guest ${JSON.stringify(path)}`;
  const isPacked = isGzip(bytes) && options.format !== 'flat';
  const file = { path, title, bytes: isPacked ? unpack(title, bytes) : bytes };
  const guest = chooseFormat(file, options).load(file, options);
  // What is recorded is the file, and it is named by its hash.
  return isPacked ? { ...guest, image: { ...guest.image, sha256: sha256(bytes) } } : guest;
}

const isGzip = (bytes: Uint8Array): boolean => hasAt(bytes, 0, [0x1f, 0x8b, 0x08]);

/** Kernels come packed, too (xen.gz). */
function unpack(title: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_FILE_SIZE });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ERR_BUFFER_TOO_LARGE' ? 'unpacks to more than 1G' : 'is cut off or damaged';
    throw inputError(`${title} is compressed with gzip and ${why}: give what is in it.`, error);
  }
}

function chooseFormat({ title, bytes }: GuestFile, options: LoadOptions): GuestFormat {
  const { format = 'auto', mode, load } = options;
  if (format !== 'auto') return formatNamed(format);
  const isMeantFlat = mode !== undefined || load !== undefined;
  const found = formatOf(bytes);
  if (found !== undefined && !(isMeantFlat && found.mayBeFlat === true)) return found;
  const kind = foreignKind(bytes);
  if (isMeantFlat && (kind === undefined || kind.mayBeFlat === true)) return formatNamed('flat');
  const asFlat = `${option('format', 'flat')} runs its bytes as code`;
  if (kind !== undefined) {
    const wayOut = kind.wayOut === undefined ? '' : `${kind.wayOut}; `;
    throw inputError(`${title} is ${kind.what}: ${wayOut}${asFlat}.`);
  }
  throw inputError(
    `${title} is of no known kind (it begins with ${firstBytes(bytes)}): give a static ELF, or say with ${option('mode')} (real, protected, long) that it is a flat binary, which ${option('load')} places; ${asFlat} too.`,
  );
}

/** `4d 5a 90 00`. */
function firstBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 8))
    .toString('hex')
    .replaceAll(/..(?!$)/g, '$& ');
}

/**
 * Reads and checks a guest's file. Throws a KvmtraceError (exit code 2) when there is no such
 * file, it cannot be read, is empty, or cannot be loaded as the options say.
 */
export function loadGuest(path: string, options: LoadOptions = {}): LoadedGuest {
  return loadGuestBytes(path, readGuest(path), options);
}
