/** What a guest has in its memory: which addresses are some, and what constants stand there. */
import { PAGE_BYTES } from '../../../base/page.js';
import type { State } from '../../../query/state.js';
import type { Side } from '../../side.js';

/** Longer texts are compared up to here. */
const MAX_TEXT = 64;

/** Reads the memory of a guest as it was loaded and as it was left. */
export class Image {
  readonly #side: Side;
  readonly #end: State;
  /** Pages of RAM that were loaded with something, or written to. */
  #pages: Set<number> | undefined;
  /** By linear page: the gpa, or -1. */
  readonly #translated = new Map<bigint, number>();

  constructor(side: Side) {
    this.#side = side;
    this.#end = side.state(side.stepCount);
  }

  /** Whether something was loaded there, or written. */
  holds(address: bigint): boolean {
    const gpa = this.#translate(address);
    if (gpa < 0) return false;
    this.#pages ??= this.#usedPages();
    return this.#pages.has(Math.floor(gpa / PAGE_BYTES));
  }

  /** The zero-terminated text that was loaded there; undefined where it is none. */
  text(address: bigint): string | undefined {
    const bytes = this.loaded(address, MAX_TEXT);
    const end = bytes.indexOf(0);
    const text = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1');
    const whole = end > 0 || bytes.length === MAX_TEXT;
    return whole && /^[\t-\r -~\u0080-\u00ff]+$/.test(text) ? text : undefined;
  }

  /** The little-endian word that was loaded there; undefined where a page ends. */
  word(address: bigint, size: 4 | 8): bigint | undefined {
    const bytes = Buffer.from(this.loaded(address, size));
    if (bytes.length < size) return undefined;
    return size === 8 ? bytes.readBigUInt64LE(0) : BigInt(bytes.readUInt32LE(0));
  }

  /** The bytes of state 0, up to the end of the page; none of a page of zeros. */
  loaded(address: bigint, length: number): Uint8Array {
    const gpa = this.#translate(address);
    if (gpa < 0) return new Uint8Array();
    const offset = gpa % PAGE_BYTES;
    const page = this.#side.file.memory.initialPage((gpa - offset) / PAGE_BYTES);
    return page?.subarray(offset, offset + length) ?? new Uint8Array();
  }

  #translate(address: bigint): number {
    const page = address >> 12n;
    let gpa = this.#translated.get(page);
    if (gpa === undefined) {
      // As the guest has its page tables at the end: it may make them itself.
      const found = this.#end.translate(page << 12n);
      gpa = found.kind === 'mapped' ? found.gpa : -1;
      this.#translated.set(page, gpa);
    }
    return gpa < 0 ? -1 : gpa + Number(address & 0xfffn);
  }

  #usedPages(): Set<number> {
    const { file, stepCount } = this.#side;
    const slots = file.memory.slots.filter(({ purpose }) => purpose !== 'boot-tables');
    const isMemory = (page: number): boolean =>
      slots.some(({ gpa, size }) => page * PAGE_BYTES >= gpa && page * PAGE_BYTES < gpa + size);
    const used = [...file.snapshots.pageNumbers(0), ...file.memory.writtenPages(stepCount)];
    return new Set(used.filter(isMemory));
  }
}
