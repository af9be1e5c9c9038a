import { TWO_32 } from '../base/halves.js';
import { walk } from '../x86/page-walk.js';
import { CR0, CR3, CR4, EFER, pagingStateOf } from './register-words.js';

/** A range of guest RAM, as the stepping thread sees it. */
export interface RamSlot {
  readonly slot: number;
  readonly gpa: number;
  readonly size: number;
  /** A ROM. */
  readonly readonly?: boolean;
  readonly bytes: Uint8Array;
  /** Of `bytes`, in this process. */
  readonly address: number;
}

const TLB_ENTRIES = 1024;

/**
 * Guest memory by linear address, through the guest's own page tables and a small translation cache.
 * The cache is dropped when a control register that paging depends on changes, or a page that held a
 * table of a cached walk is written. Linear addresses are pairs of 32-bit halves.
 */
export class LinearMemory {
  readonly slots: readonly RamSlot[];
  /** Where `locate` found the address: a slot's bytes and the offset in them. */
  bytes: Uint8Array = new Uint8Array(0);
  offset = 0;

  readonly #words: Int32Array;
  readonly #tagLow = new Int32Array(TLB_ENTRIES);
  readonly #tagHigh = new Int32Array(TLB_ENTRIES);
  /** Slot index + 1, 0 for an empty entry. */
  readonly #slotOf = new Uint8Array(TLB_ENTRIES);
  readonly #offsetOf = new Float64Array(TLB_ENTRIES);
  /** Page numbers of the tables that cached walks went through. */
  readonly #tablePages = new Set<number>();
  #cr0 = 0;
  #cr3Low = 0;
  #cr3High = 0;
  #cr4 = 0;
  #efer = 0;

  /** @param words the vCPU's live registers */
  constructor(words: Int32Array, slots: readonly RamSlot[]) {
    this.#words = words;
    this.slots = slots;
  }

  /** Finds the memory at a linear address; false where there is none or it is not mapped. */
  locate(low: number, high: number): boolean {
    const words = this.#words;
    if (
      words[CR3] !== this.#cr3Low ||
      words[CR0] !== this.#cr0 ||
      words[CR4] !== this.#cr4 ||
      words[EFER] !== this.#efer ||
      words[CR3 + 1] !== this.#cr3High
    ) {
      this.#adoptControl();
    }
    const page = low & ~0xfff;
    const entry = ((low >>> 12) ^ (high << 3)) & (TLB_ENTRIES - 1);
    if (
      this.#slotOf[entry] === 0 ||
      this.#tagLow[entry] !== page ||
      this.#tagHigh[entry] !== high
    ) {
      if (!this.#fill(entry, page, high)) return false;
    }
    this.bytes = this.slots[this.#slotOf[entry]! - 1]!.bytes;
    this.offset = this.#offsetOf[entry]! + (low & 0xfff);
    return true;
  }

  /** The guest-physical address of a linear one, or -1. */
  translate(low: number, high: number): number {
    const result = walk(low, high, pagingStateOf(this.#words), this.readPhysical32);
    return result.kind === 'mapped' ? result.gpa : -1;
  }

  /** Copies `length` bytes from a linear address; returns how many are there. */
  read(low: number, high: number, length: number, into: Uint8Array): number {
    let done = 0;
    let at = low;
    let atHigh = high;
    while (done < length) {
      if (!this.locate(at, atHigh)) return done;
      const count = Math.min(length - done, 4096 - (at & 0xfff));
      into.set(this.bytes.subarray(this.offset, this.offset + count), done);
      done += count;
      const next = (at >>> 0) + count;
      if (next >= TWO_32) atHigh = (atHigh + 1) | 0;
      at = next | 0;
    }
    return done;
  }

  /** Little-endian number of `size` bytes at a linear address, or undefined. */
  readNumber(address: bigint, size: number): bigint | undefined {
    const scratch = new Uint8Array(8);
    const low = Number(BigInt.asIntN(32, address));
    const high = Number(BigInt.asIntN(32, address >> 32n));
    if (this.read(low, high, size, scratch) < size) return undefined;
    return new DataView(scratch.buffer).getBigUint64(0, true);
  }

  /** Writes a little-endian number, which is not a step of the guest: it must be put back. */
  poke(address: bigint, size: number, value: bigint): void {
    for (let i = 0; i < size; i++) {
      const at = address + BigInt(i);
      if (!this.locate(Number(BigInt.asIntN(32, at)), Number(BigInt.asIntN(32, at >> 32n)))) return;
      this.bytes[this.offset] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
  }

  readonly readPhysical32 = (gpa: number): number | undefined => {
    for (const slot of this.slots) {
      const offset = gpa - slot.gpa;
      if (offset < 0 || offset + 4 > slot.size) continue;
      const bytes = slot.bytes;
      return (
        bytes[offset]! |
        (bytes[offset + 1]! << 8) |
        (bytes[offset + 2]! << 16) |
        (bytes[offset + 3]! << 24)
      );
    }
    return undefined;
  };

  /** A guest page was written: forget translations that went through it. */
  written(page: number): void {
    if (this.#tablePages.size !== 0 && this.#tablePages.has(page)) this.flush();
  }

  flush(): void {
    this.#slotOf.fill(0);
    this.#tablePages.clear();
  }

  #adoptControl(): void {
    const words = this.#words;
    this.#cr0 = words[CR0]!;
    this.#cr3Low = words[CR3]!;
    this.#cr3High = words[CR3 + 1]!;
    this.#cr4 = words[CR4]!;
    this.#efer = words[EFER]!;
    this.flush();
  }

  #fill(entry: number, page: number, high: number): boolean {
    const result = walk(page, high, pagingStateOf(this.#words), this.readPhysical32);
    if (result.kind === 'fault') return false;
    const index = this.slots.findIndex(
      (slot) => result.gpa >= slot.gpa && result.gpa < slot.gpa + slot.size,
    );
    if (index < 0) return false;
    for (const table of result.tables) this.#tablePages.add(Math.floor(table / 4096));
    this.#tagLow[entry] = page;
    this.#tagHigh[entry] = high;
    this.#slotOf[entry] = index + 1;
    this.#offsetOf[entry] = result.gpa - this.slots[index]!.gpa;
    return true;
  }
}
