/** What can be said of a file before SQLite sees it. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { inputError } from '../../../base/errors.js';

const MAGIC = 'SQLite format 3\0';
/** https://www.sqlite.org/fileformat.html, "The Database Header" */
const HEADER_BYTES = 100;
const Offset = { pageSize: 16, changeCounter: 24, pageCount: 28, versionValidFor: 92 } as const;

/** The size of a file, and the one that its header claims. */
export interface FileFacts {
  readonly sizeBytes: number;
  /** How long the header says that the file is; undefined where the header does not know. */
  readonly expectedBytes: number | undefined;
}

/**
 * Checks that `path` is a readable file with an SQLite header. Throws a KvmtraceError for
 * directories, devices, empty and foreign files.
 */
export function readFileFacts(path: string): FileFacts {
  const descriptor = openFile(path);
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw inputError(`${path} is a directory, not a trace.`);
    if (!stat.isFile()) throw inputError(`${path} is not a regular file, so it is not a trace.`);
    if (stat.size === 0) {
      throw inputError(
        `${path} is empty, not a trace: perhaps its recorder was killed before it began.`,
      );
    }
    const header = Buffer.alloc(HEADER_BYTES);
    const length = readSync(descriptor, header, 0, HEADER_BYTES, 0);
    if (length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
      throw inputError(
        `${path} is not a trace (nor any other SQLite file): give a file that kvmtrace record wrote.`,
      );
    }
    return { sizeBytes: stat.size, expectedBytes: statedBytes(header) };
  } finally {
    closeSync(descriptor);
  }
}

function openFile(path: string): number {
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for its writer.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    switch (code) {
      case 'ENOENT':
      case 'ENOTDIR':
        throw inputError(`there is no trace ${path}: check the name.`, error);
      case 'EACCES':
      case 'EPERM':
        throw inputError(`${path} cannot be read: permission denied.`, error);
      default:
        throw inputError(`${path} cannot be read: ${code ?? String(error)}.`, error);
    }
  }
}

/** How long a file with this SQLite header is; undefined where the header does not know. */
export function statedBytes(header: Buffer): number | undefined {
  if (header.length < HEADER_BYTES) return undefined;
  // SQLite versions before 3.7.0 left the page count stale; this tells.
  if (header.readUInt32BE(Offset.changeCounter) !== header.readUInt32BE(Offset.versionValidFor)) {
    return undefined;
  }
  const pageSize = header.readUInt16BE(Offset.pageSize);
  return (pageSize === 1 ? 65536 : pageSize) * header.readUInt32BE(Offset.pageCount);
}
