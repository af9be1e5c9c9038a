import { wideNumber } from '../../base/halves.js';
import type { Shadow, ShadowedSlot } from '../../machine/shadow.js';
import { ARENA, ROOM, STORE, STORE_BYTES } from './layout.js';

const WORDS = STORE_BYTES >> 2;
const SLOT = STORE.slot >> 2;
const SIZE = STORE.size >> 2;
const OFFSET = STORE.offset >> 2;
const BEFORE = STORE.before >> 2;
const AFTER = STORE.after >> 2;

/** What the stores of a burst have changed, in order: up to 8 bytes each. */
export class StoreLog {
  count = 0;
  /** Of them, the first that the last step made. */
  last = 0;
  readonly #words: Int32Array;
  readonly #shadow: Shadow;

  constructor(buffer: ArrayBuffer, shadow: Shadow) {
    this.#words = new Int32Array(buffer, ARENA.stores, ROOM.stores * WORDS);
    this.#shadow = shadow;
  }

  /** Index of the slot that store `i` went to. */
  slotOf(i: number): number {
    return this.#words[i * WORDS + SLOT]!;
  }

  /** Its offset in the slot. */
  offsetOf(i: number): number {
    return wideNumber(this.#words[i * WORDS + OFFSET]!, this.#words[i * WORDS + OFFSET + 1]!);
  }

  /** Bytes of it. */
  sizeOf(i: number): number {
    return this.#words[i * WORDS + SIZE]!;
  }

  /**
   * Brings the shadow up to date. False where a store found something else in memory than the shadow has
   * there: somebody wrote in between. The shadow is as it was then.
   */
  apply(): boolean {
    for (let i = 0; i < this.count; i++) {
      if (this.#exchange(i, BEFORE, AFTER)) continue;
      this.#revertFrom(i);
      return false;
    }
    return true;
  }

  /** Puts the shadow back as it was before `apply`. */
  revert(): void {
    this.#revertFrom(this.count);
  }

  #revertFrom(end: number): void {
    for (let i = end - 1; i >= 0; i--) this.#exchange(i, AFTER, BEFORE);
  }

  /** Puts one value of store `i` into the shadow where the other one is. */
  #exchange(i: number, from: number, to: number): boolean {
    const words = this.#words;
    const at = i * WORDS;
    const slot = this.#shadow.slots[words[at + SLOT]!]!;
    const offset = this.offsetOf(i);
    const size = words[at + SIZE]!;
    if ((offset & 3) === 0 && (size & 3) === 0)
      return exchangeWords(slot, offset, words, at, { from, to, size });
    return exchangeBytes(slot, offset, words, at, { from, to, size });
  }
}

interface Exchange {
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

function exchangeWords(
  { shadowWords }: ShadowedSlot,
  offset: number,
  words: Int32Array,
  at: number,
  { from, to, size }: Exchange,
): boolean {
  const first = offset / 4;
  for (let i = 0; i < size >> 2; i++) {
    if (shadowWords[first + i] !== words[at + from + i]) return false;
  }
  for (let i = 0; i < size >> 2; i++) shadowWords[first + i] = words[at + to + i]!;
  return true;
}

function exchangeBytes(
  { shadowBytes }: ShadowedSlot,
  offset: number,
  words: Int32Array,
  at: number,
  { from, to, size }: Exchange,
): boolean {
  for (let i = 0; i < size; i++) {
    if (shadowBytes[offset + i] !== byteOf(words, at + from, i)) return false;
  }
  for (let i = 0; i < size; i++) shadowBytes[offset + i] = byteOf(words, at + to, i);
  return true;
}

function byteOf(words: Int32Array, at: number, i: number): number {
  return (words[at + (i >> 2)]! >>> (8 * (i & 3))) & 0xff;
}
