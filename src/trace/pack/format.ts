/**
 * Packed traces: a trace without its indexes, in the order of its keys, compressed in blocks.
 *
 *   8 bytes   'KVMTPACK'
 *   u32       version of this format, little-endian like all that follows
 *   u32       format version of the trace
 *   blocks:   u32 length, u32 compressed length, then so many bytes of Brotli; a length of 0 ends them
 *   32 bytes  SHA-256 of everything that the blocks hold
 *
 * The same trace gives the same bytes: nothing in it tells when or where it was packed.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';

/** The first bytes of a packed trace. */
export const PACK_MAGIC = Buffer.from('KVMTPACK', 'latin1');
/** Version of the packed format. */
export const PACK_VERSION = 1;
/** Bytes before the first block. */
export const PACK_HEADER_BYTES = 16;
/** What is compressed at a time, and so what has to be in memory. */
export const BLOCK_BYTES = 16 * 1024 * 1024;
/** Bytes of the SHA-256 at the end. */
export const HASH_BYTES = 32;

/** Whether the file begins as a packed trace does; false for what cannot be read at all. */
export function isPacked(path: string): boolean {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for its writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    const start = Buffer.alloc(PACK_MAGIC.length);
    return (
      readSync(descriptor, start, 0, start.length, 0) === start.length && start.equals(PACK_MAGIC)
    );
  } catch {
    return false;
  } finally {
    closeSync(descriptor);
  }
}
