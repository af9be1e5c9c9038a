/**
 * Looks at the B-trees of an SQLite file before SQLite follows them. SQLite trusts their pointers as
 * it reads: of a crafted file of a hundred pages in which trees share their branches it would make
 * billions of rows, and of one cell whose overflow pages go in a circle a gigabyte. In a sound file
 * each page has one place, and all payload together is less than the file.
 *
 * Format: https://www.sqlite.org/fileformat.html, "B-tree Pages".
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const HEADER_BYTES = 100;
const PAGE_SIZE_OFFSET = 16;
const CHANGE_COUNTER_OFFSET = 24;

const INTERIOR_INDEX = 0x02;
const INTERIOR_TABLE = 0x05;
const LEAF_INDEX = 0x0a;
const LEAF_TABLE = 0x0d;

/**
 * Beyond this only what leads to leaves is looked at, a page in some hundred: opening a trace of
 * gigabytes must not read all of it.
 */
const FULL_CHECK_BYTES = 32 * 1024 * 1024;
/** A recorder may be writing: how often to look again. */
const ATTEMPTS = 3;

/**
 * What is wrong with the trees that begin on the pages `roots` (1 for the schema), as a clause;
 * undefined if nothing is, or where somebody is writing the file just now.
 */
export function treeFault(path: string, roots: readonly number[]): string | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const descriptor = openSync(path, 'r');
    try {
      const before = changeCounter(descriptor);
      const fault = new PageTrees(descriptor).fault(roots);
      if (fault === undefined || hasJournal(path)) return undefined;
      if (changeCounter(descriptor) === before) return fault;
    } finally {
      closeSync(descriptor);
    }
  }
  return undefined;
}

class PageTrees {
  readonly #descriptor: number;
  readonly #sizeBytes: number;
  readonly #pageBytes: number;
  readonly #pageCount: number;
  readonly #seen: Uint8Array;
  /** The page that was read last, and the pages below it: used again, for a trace has thousands. */
  readonly #page: Buffer;
  readonly #children: Uint32Array;
  #payload = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#sizeBytes = fstatSync(descriptor).size;
    const size = read(descriptor, 0, HEADER_BYTES).readUInt16BE(PAGE_SIZE_OFFSET);
    this.#pageBytes = size === 1 ? 65_536 : Math.max(512, size);
    this.#pageCount = Math.floor(this.#sizeBytes / this.#pageBytes);
    this.#seen = new Uint8Array(this.#pageCount + 1);
    this.#page = Buffer.alloc(this.#pageBytes);
    this.#children = new Uint32Array(this.#pageBytes);
  }

  fault(roots: readonly number[]): string | undefined {
    const isFull = this.#sizeBytes <= FULL_CHECK_BYTES;
    for (const root of roots) {
      if (!this.#exists(root)) continue;
      if (!this.#take(root)) return shared(root);
      let level = [root];
      // Leaves of a tree are all equally deep: in a large file the first one speaks for its level.
      while (level.length > 0 && (isFull || this.#isInterior(level[0]!))) {
        const below: number[] = [];
        let isLookedAt = true;
        for (const page of level) {
          const count = this.#readChildren(page);
          const children = this.#children;
          for (let i = 0; i < count; i++) {
            const child = children[i]!;
            if (!this.#exists(child)) continue;
            if (!this.#take(child)) return shared(child);
            if (isLookedAt) below.push(child);
          }
          if (page === level[0] && below.length > 0)
            isLookedAt = isFull || this.#isInterior(below[0]!);
        }
        if (this.#payload > this.#sizeBytes) return 'its rows are longer than the file';
        level = below;
      }
    }
    return undefined;
  }

  /** SQLite says so itself where a page is not there. */
  #exists(page: number): boolean {
    return page >= 1 && page <= this.#pageCount;
  }

  /** False if the page has a place already. */
  #take(page: number): boolean {
    if (this.#seen[page] === 1) return false;
    this.#seen[page] = 1;
    return true;
  }

  #isInterior(page: number): boolean {
    const type = this.#read(page)[page === 1 ? HEADER_BYTES : 0];
    return type === INTERIOR_INDEX || type === INTERIOR_TABLE;
  }

  /**
   * Reads the pages below an interior page into #children, and returns how many they are; of every page
   * but those of an interior table, counts the payload.
   */
  #readChildren(page: number): number {
    const bytes = this.#read(page);
    const start = page === 1 ? HEADER_BYTES : 0;
    const type = bytes[start];
    const isInterior = type === INTERIOR_INDEX || type === INTERIOR_TABLE;
    // SQLite will say what is wrong with another one.
    if (!isInterior && type !== LEAF_INDEX && type !== LEAF_TABLE) return 0;
    const head = start + (isInterior ? 12 : 8);
    const cells = Math.min(bytes.readUInt16BE(start + 3), Math.floor((this.#pageBytes - head) / 2));
    const children = this.#children;
    let count = 0;
    for (let i = 0; i < cells; i++) {
      const cell = (bytes[head + 2 * i]! << 8) | bytes[head + 2 * i + 1]!;
      if (cell > this.#pageBytes - 4) continue;
      if (isInterior) children[count++] = pageNumber(bytes, cell);
      if (type !== INTERIOR_TABLE) this.#payload += varint(bytes, isInterior ? cell + 4 : cell);
    }
    if (isInterior) children[count++] = pageNumber(bytes, start + 8);
    return count;
  }

  #read(page: number): Buffer {
    const bytes = this.#page;
    const length = readSync(this.#descriptor, bytes, 0, bytes.length, (page - 1) * bytes.length);
    return length === bytes.length ? bytes : bytes.fill(0, length);
  }
}

function shared(page: number): string {
  return `page ${page} of the file is used twice`;
}

/** Big-endian; a hundred thousand of them in a trace of gigabytes. */
function pageNumber(bytes: Uint8Array, at: number): number {
  return (
    bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
  );
}

function varint(bytes: Buffer, start: number): number {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[start + i] ?? 0;
    if (i === 8) return value * 256 + byte;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) break;
  }
  return value;
}

/** Somebody's transaction, or what a killed one left. */
function hasJournal(path: string): boolean {
  return (statSync(`${path}-journal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function changeCounter(descriptor: number): number {
  return read(descriptor, 0, HEADER_BYTES).readUInt32BE(CHANGE_COUNTER_OFFSET);
}

/** What is beyond the end reads as zeros. */
function read(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(descriptor, bytes, 0, length, position);
  return bytes;
}
