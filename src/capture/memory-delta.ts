import { PAGE_BYTES } from '../base/page.js';
import type { Code } from '../stepper/code-cache.js';
import { SilentStores } from './silent-stores.js';
import type { DirtyPages } from '../machine/dirty-pages.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import { WordRegisters } from '../machine/register-words.js';
import { isUnchanged, type Shadow, type ShadowedSlot } from '../machine/shadow.js';
import type { StoreLog } from '../stepper/burst/store-log.js';
import type { Stepper } from '../stepper/stepper.js';
import type { EventSink } from '../trace/format/event-sink.js';
import { LinearAddress } from '../x86/linear-address.js';

const PAGE_WORDS = PAGE_BYTES / 4;
/** The largest memory row: what fits a SQLite integer. */
const MAX_ROW_BYTES = 8;

/** Bytes of a page; `start` is negative where the store began on the page before. */
interface Store {
  readonly start: number;
  readonly end: number;
}

/**
 * Compares the pages that a step dirtied with the shadow and sends what changed, then brings the
 * shadow up to date.
 *
 * A change is sent as the store that made it where the decoder can say which that was: a `mov` of
 * 8 bytes is one row of 8 bytes even if only one of them changed. Changes that no operand explains
 * (exception frames, Accessed and Dirty bits, string instructions) are sent as the changed bytes of
 * each aligned 8-byte cell.
 */
export class MemoryDelta {
  /** Pages changed since the last snapshot: per slot, a byte a page. */
  readonly changed: readonly Uint8Array[];
  readonly #dirty: DirtyPages;
  readonly #shadow: Shadow;
  readonly #memory: LinearMemory;
  readonly #silent: SilentStores;
  readonly #before: WordRegisters;
  readonly #address = new LinearAddress();
  /** Rows sent for the current step: what a delivery after it may change again. */
  #sent: { readonly slot: ShadowedSlot; readonly at: number; readonly size: number }[] = [];

  constructor({ dirty, control, memory, words, before }: Stepper) {
    const { shadow } = control;
    this.#dirty = dirty;
    this.#shadow = shadow;
    this.#memory = memory;
    this.#silent = new SilentStores(memory, words, before);
    this.#before = new WordRegisters(before);
    this.changed = shadow.slots.map((slot) => new Uint8Array(slot.size / PAGE_BYTES));
  }

  /** After a step event: the changes of the step. */
  sendStep(sink: EventSink, code: Code): void {
    if (this.#sent.length !== 0) this.#sent = [];
    this.#send(sink, code);
  }

  /** After a burst: what its steps stored has been sent, and is in the shadow. */
  adoptBurst(stores: StoreLog): void {
    this.#sent = [];
    for (let i = 0; i < stores.count; i++) {
      const slotIndex = stores.slotOf(i);
      const at = stores.offsetOf(i);
      this.changed[slotIndex]![Math.floor(at / PAGE_BYTES)] = 1;
      if (i < stores.last) continue;
      this.#sent.push({ slot: this.#shadow.slots[slotIndex]!, at, size: stores.sizeOf(i) });
    }
  }

  /**
   * The changes that an exception or interrupt made, which count to the step before. Rows of that
   * step are sent again as they are now: rows of one step agree where they overlap.
   */
  sendDelivery(sink: EventSink): void {
    const before = this.#dirty.count === 0 ? [] : [...this.#sent];
    this.#send(sink, undefined);
    for (const { slot, at, size } of before) this.#sendBytes(sink, slot, at, size);
  }

  #send(sink: EventSink, code: Code | undefined): void {
    const dirty = this.#dirty;
    dirty.sort();
    this.#silent.begin();
    for (let i = 0; i < dirty.count; i++) {
      const slotIndex = dirty.slotOf[i]!;
      const page = dirty.pageOf[i]!;
      const slot = this.#shadow.slots[slotIndex]!;
      if (this.#sendPage(sink, slot, page, code)) {
        this.changed[slotIndex]![page] = 1;
        this.#memory.written(slot.gpa / PAGE_BYTES + page);
      } else if (this.#silent.explain(code, slot.bytes, page)) {
        sink.unchangedPage(slot.gpa / PAGE_BYTES + page);
      }
    }
  }

  /** Returns whether the page changed at all. */
  #sendPage(sink: EventSink, slot: ShadowedSlot, page: number, code: Code | undefined): boolean {
    const store = code === undefined ? undefined : this.#storeOf(slot, page, code);
    if (store !== undefined) {
      if (!this.#sendOperand(sink, slot, page, store)) return false;
      adopt(slot, page, Math.max(store.start, 0), store.end - 1);
      return true;
    }
    const first = firstChange(slot, page);
    if (first < 0) return false;
    const last = lastChange(slot, page);
    this.#sendCells(sink, slot, page, first, last);
    adopt(slot, page, first, last);
    return true;
  }

  /** The store, as far as it lies in this page, outside of which nothing changed; or undefined. */
  #storeOf(slot: ShadowedSlot, page: number, code: Code): Store | undefined {
    if (code.class.repeats) return undefined;
    for (const operand of code.class.operands) {
      if (!operand.writes || operand.size === 0) continue;
      this.#address.of(operand, this.#before, code.mode === 64);
      // The low 12 bits are those of the gpa too, whatever the page tables say.
      const start = this.#address.low & (PAGE_BYTES - 1);
      const end = start + operand.size;
      if (isAllElseEqual(slot, page, start, Math.min(end, PAGE_BYTES))) {
        return { start, end: Math.min(end, PAGE_BYTES) };
      }
      // The rest of a store that began on the page before.
      if (end > PAGE_BYTES && isAllElseEqual(slot, page, 0, end - PAGE_BYTES)) {
        return { start: start - PAGE_BYTES, end: end - PAGE_BYTES };
      }
    }
    return undefined;
  }

  /** Rows of up to 8 bytes from the start of the store; those without a change are left out. Returns whether there are any. */
  #sendOperand(sink: EventSink, slot: ShadowedSlot, page: number, { start, end }: Store): boolean {
    let sent = false;
    for (let from = start; from < end; from += MAX_ROW_BYTES) {
      const to = Math.min(from + MAX_ROW_BYTES, end);
      const at = Math.max(from, 0);
      if (to > at && changedWithin(slot, page, at, to)) {
        this.#sendRow(sink, slot, page, at, to - at);
        sent = true;
      }
    }
    return sent;
  }

  #sendCells(sink: EventSink, slot: ShadowedSlot, page: number, first: number, last: number): void {
    const { bytes, shadowBytes } = slot;
    const base = page * PAGE_BYTES;
    for (let cell = first & ~7; cell <= last; cell += MAX_ROW_BYTES) {
      let from = cell;
      let to = cell + MAX_ROW_BYTES;
      while (from < to && bytes[base + from] === shadowBytes[base + from]) from++;
      if (from === to) continue;
      while (bytes[base + to - 1] === shadowBytes[base + to - 1]) to--;
      this.#sendRow(sink, slot, page, from, to - from);
    }
  }

  #sendRow(sink: EventSink, slot: ShadowedSlot, page: number, from: number, size: number): void {
    const at = page * PAGE_BYTES + from;
    this.#sent.push({ slot, at, size });
    this.#sendBytes(sink, slot, at, size);
  }

  #sendBytes(sink: EventSink, slot: ShadowedSlot, at: number, size: number): void {
    const { bytes } = slot;
    let low = 0;
    let high = 0;
    for (let i = Math.min(size, 4) - 1; i >= 0; i--) low = (low << 8) | bytes[at + i]!;
    for (let i = size - 1; i >= 4; i--) high = (high << 8) | bytes[at + i]!;
    sink.memory(slot.gpa + at, size, low, high);
  }
}

/** Whether a page is as the shadow has it, but perhaps for the bytes from `from` up to `to`. */
function isAllElseEqual(slot: ShadowedSlot, page: number, from: number, to: number): boolean {
  const at = page * PAGE_BYTES;
  return isUnchanged(slot, at, from) && isUnchanged(slot, at + to, PAGE_BYTES - to);
}

/** Brings the shadow up to date with the words that hold bytes `first` to `last`. */
function adopt(slot: ShadowedSlot, page: number, first: number, last: number): void {
  const from = page * PAGE_WORDS + (first >> 2);
  const to = page * PAGE_WORDS + (last >> 2);
  for (let i = from; i <= to; i++) slot.shadowWords[i] = slot.words[i]!;
}

/** Offset in the page of the first byte that differs from the shadow, or -1. */
function firstChange(slot: ShadowedSlot, page: number): number {
  const { words, shadowWords } = slot;
  const start = page * PAGE_WORDS;
  for (let i = start; i < start + PAGE_WORDS; i += 4) {
    // Four words a turn: this is the only loop over whole pages.
    const difference =
      (words[i]! ^ shadowWords[i]!) |
      (words[i + 1]! ^ shadowWords[i + 1]!) |
      (words[i + 2]! ^ shadowWords[i + 2]!) |
      (words[i + 3]! ^ shadowWords[i + 3]!);
    if (difference === 0) continue;
    let at = i * 4;
    while (slot.bytes[at] === slot.shadowBytes[at]) at++;
    return at - page * PAGE_BYTES;
  }
  return -1;
}

/** Offset in the page of the last byte that differs; there must be one. */
function lastChange(slot: ShadowedSlot, page: number): number {
  const { words, shadowWords } = slot;
  let word = (page + 1) * PAGE_WORDS - 1;
  while (words[word] === shadowWords[word]) word--;
  let at = word * 4 + 3;
  while (slot.bytes[at] === slot.shadowBytes[at]) at--;
  return at - page * PAGE_BYTES;
}

function changedWithin(slot: ShadowedSlot, page: number, from: number, to: number): boolean {
  const base = page * PAGE_BYTES;
  for (let i = base + from; i < base + to; i++) {
    if (slot.bytes[i] !== slot.shadowBytes[i]) return true;
  }
  return false;
}
