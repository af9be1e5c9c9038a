import { close, memfdCreate, mmap, mmapInto, munmap, type Mapping } from './libc.js';
import { MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE } from './mmap-flags.js';

/** 2 MiB: few enough mappings for 2 GiB (1024 of the 65530 a process may have). */
const TILE_BYTES = 2 << 20;

const READ_WRITE = PROT_READ | PROT_WRITE;

/** Refuses a pattern that does not fit into a tile a whole number of times. */
export function checkPattern(pattern: Uint8Array): void {
  if (pattern.length === 0 || TILE_BYTES % pattern.length !== 0) {
    throw new RangeError(`a fill pattern has 1, 2, 4, … bytes, not ${pattern.length}`);
  }
}

/** Writes the pattern over and over, twice as much each time. */
export function repeat(bytes: Uint8Array, pattern: Uint8Array): void {
  bytes.set(pattern.subarray(0, bytes.length));
  for (let done = pattern.length; done < bytes.length; done *= 2) {
    bytes.copyWithin(done, 0, done);
  }
}

/** A memfd of one tile full of the pattern. */
function tileFile(pattern: Uint8Array): number {
  const fd = memfdCreate('kvmtrace-fill', TILE_BYTES);
  try {
    const tile = mmap({ length: TILE_BYTES, protection: READ_WRITE, flags: MAP_SHARED, fd });
    repeat(new Uint8Array(tile.buffer), pattern);
    munmap(tile);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/**
 * Fills a mapping with a repeated pattern (1, 2, 4, … bytes long) without costing its size in
 * memory: one 2 MiB file full of the pattern is mapped privately over and over, and a page is
 * copied only when somebody writes to it.
 */
export function fillMapping(mapping: Mapping, pattern: Uint8Array): void {
  checkPattern(pattern);
  const sizeBytes = mapping.buffer.byteLength;
  if (sizeBytes < TILE_BYTES) {
    repeat(new Uint8Array(mapping.buffer), pattern);
    return;
  }
  const fd = tileFile(pattern);
  try {
    for (let at = 0; at < sizeBytes; at += TILE_BYTES) {
      const length = Math.min(TILE_BYTES, sizeBytes - at);
      mmapInto(mapping, at, { length, protection: READ_WRITE, flags: MAP_PRIVATE, fd });
    }
  } finally {
    close(fd);
  }
}
