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
  #payload = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#sizeBytes = fstatSync(descriptor).size;
    const size = read(descriptor, 0, HEADER_BYTES).readUInt16BE(PAGE_SIZE_OFFSET);
    this.#pageBytes = size === 1 ? 65_536 : Math.max(512, size);
    this.#pageCount = Math.floor(this.#sizeBytes / this.#pageBytes);
    this.#seen = new Uint8Array(this.#pageCount + 1);
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
        for (const page of level) {
          for (const child of this.#children(page)) {
            if (!this.#exists(child)) continue;
            if (!this.#take(child)) return shared(child);
            below.push(child);
          }
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

  /** The pages below an interior page; of every page but those of an interior table, counts the payload. */
  #children(page: number): number[] {
    const bytes = this.#read(page);
    const start = page === 1 ? HEADER_BYTES : 0;
    const type = bytes[start];
    const isInterior = type === INTERIOR_INDEX || type === INTERIOR_TABLE;
    // SQLite will say what is wrong with another one.
    if (!isInterior && type !== LEAF_INDEX && type !== LEAF_TABLE) return [];
    const head = start + (isInterior ? 12 : 8);
    const cells = Math.min(bytes.readUInt16BE(start + 3), Math.floor((this.#pageBytes - head) / 2));
    const children: number[] = [];
    for (let i = 0; i < cells; i++) {
      const cell = bytes.readUInt16BE(head + 2 * i);
      if (cell > this.#pageBytes - 4) continue;
      if (isInterior) children.push(bytes.readUInt32BE(cell));
      if (type !== INTERIOR_TABLE) this.#payload += varint(bytes, isInterior ? cell + 4 : cell);
    }
    if (isInterior) children.push(bytes.readUInt32BE(start + 8));
    return children;
  }

  #read(page: number): Buffer {
    return read(this.#descriptor, (page - 1) * this.#pageBytes, this.#pageBytes);
  }
}

function shared(page: number): string {
  return `page ${page} of the file is used twice`;
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
