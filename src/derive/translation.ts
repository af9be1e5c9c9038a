/** Linear to physical addresses along a pass, through the page tables as each state has them. */
import { PAGE_BYTES } from '../base/page.js';
import {
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
} from '../trace/format/registers.js';
import { walk } from '../x86/page-walk.js';
import type { RegisterFile } from './registers.js';

const ENTRIES = 1024;
/** Accessed and Dirty (SDM vol. 3, table 5-20): they change without changing where pages lie. */
const ACCESSED_DIRTY = 0x60;
/** Pages of tables kept; more than a guest uses at a time. */
const MAX_TABLE_PAGES = 16_384;
const NOWHERE = -2;

/** What a pass looks up in the trace. */
export interface MemorySource {
  /** Bytes within a page at a state; undefined where there is no memory. A copy. */
  read(gpa: number, length: number, state: number): Uint8Array | undefined;
  /** The 4096 bytes of a page at a state; undefined where there is no memory. A copy. */
  page(page: number, state: number): Uint8Array | undefined;
  /** The value of a row of memory_write. */
  value(gpa: number, size: number, step: number): bigint;
  /** The direction flag at a state. */
  directionFlag(state: number): boolean;
}

/**
 * Translates linear addresses by the page tables of the state under way, and remembers until they
 * change.
 */
export class Translator {
  readonly #registers: RegisterFile;
  readonly #source: MemorySource;
  /** Linear page number of each entry, and the gpa of the page. */
  readonly #tags = new Float64Array(ENTRIES).fill(-1);
  readonly #bases = new Float64Array(ENTRIES);
  readonly #tables = new Map<number, DataView | undefined>();
  #state = 0;

  constructor(registers: RegisterFile, source: MemorySource) {
    this.#registers = registers;
    this.#source = source;
  }

  /** The gpa of a linear address in state `state`, or a negative number where there is none. */
  translate(low: number, high: number, state: number): number {
    const page = (high >>> 0) * 0x10_0000 + (low >>> 12);
    const entry = (low >>> 12) & (ENTRIES - 1);
    if (this.#tags[entry] !== page) {
      this.#tags[entry] = page;
      this.#bases[entry] = this.#walk(low & ~0xfff, high, state);
    }
    const base = this.#bases[entry]!;
    return base < 0 ? base : base + (low & 0xfff);
  }

  /** After a change of a control register. */
  flush(): void {
    this.#tags.fill(-1);
  }

  /** Takes note of a row of memory_write. */
  written(gpa: number, size: number, step: number): void {
    const page = Math.floor(gpa / PAGE_BYTES);
    if (!this.#tables.has(page)) return;
    const table = this.#tables.get(page);
    const offset = gpa % PAGE_BYTES;
    // No recorder writes such a row.
    if (table === undefined || offset + size > PAGE_BYTES) return;
    const value = this.#source.value(gpa, size, step);
    let moved = false;
    for (let i = 0; i < size; i++) {
      const byte = Number((value >> BigInt(8 * i)) & 0xffn);
      const difference = table.getUint8(offset + i) ^ byte;
      table.setUint8(offset + i, byte);
      const ignored = (offset + i) % 4 === 0 ? ACCESSED_DIRTY : 0;
      if ((difference & ~ignored) !== 0) moved = true;
    }
    if (moved) this.flush();
  }

  #walk(low: number, high: number, state: number): number {
    const { low: words, high: highWords } = this.#registers;
    this.#state = state;
    const found = walk(
      low,
      high,
      {
        cr0: words[REGISTER_CR0]!,
        cr3Low: words[REGISTER_CR3]!,
        cr3High: highWords[REGISTER_CR3]!,
        cr4: words[REGISTER_CR4]!,
        efer: words[REGISTER_EFER]!,
      },
      (gpa) => this.#entry(gpa),
    );
    return found.kind === 'mapped' ? found.gpa : NOWHERE;
  }

  #entry(gpa: number): number | undefined {
    const page = Math.floor(gpa / PAGE_BYTES);
    if (!this.#tables.has(page)) {
      if (this.#tables.size >= MAX_TABLE_PAGES) this.#tables.clear();
      const bytes = this.#source.page(page, this.#state);
      this.#tables.set(
        page,
        bytes === undefined
          ? undefined
          : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      );
    }
    return this.#tables.get(page)?.getInt32(gpa % PAGE_BYTES, true);
  }
}
