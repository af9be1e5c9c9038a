import { highWord, lowWord } from '../base/halves.js';
import { PAGE_BYTES } from '../base/page.js';
import type { Code } from '../stepper/code-cache.js';
import { stackTop } from '../stepper/expected-rip.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import { WordRegisters } from '../machine/register-words.js';
import { repCount, stringPages } from '../machine/string-pages.js';
import { LinearAddress } from '../x86/linear-address.js';
import type { MemoryOperand } from '../x86/operand.js';

/** From the top of the stack on, as far as the frame of an exception can reach. */
const FRAME_BYTES = [0n, 47n];

/**
 * Tells stores that changed nothing from pages that KVM reports for another reason. With nested paging a
 * walk of the guest's page tables counts as a write to them, at every step (APM vol. 2, 15.25.6; the same
 * with accessed and dirty bits of EPT). And KVM maps a page that the host may write as one that the guest
 * may write, too, and reports it, even where the guest has only read it (make_spte in mmu/spte.c of 6.1;
 * seen on SVM).
 */
export class SilentStores {
  readonly #memory: LinearMemory;
  readonly #words: Int32Array;
  readonly #wordsBefore: Int32Array;
  readonly #before: WordRegisters;
  readonly #address = new LinearAddress();
  /** Of the string instruction that is asked about: pages of slots' memory that it stored to. */
  #pages: Map<Uint8Array, Set<number>> | undefined;

  /** @param before the registers before the step, from which operand addresses follow */
  constructor(memory: LinearMemory, words: Int32Array, before: Int32Array) {
    this.#memory = memory;
    this.#words = words;
    this.#wordsBefore = before;
    this.#before = new WordRegisters(before);
  }

  /** Another step or delivery is asked about from now on. */
  begin(): void {
    this.#pages = undefined;
  }

  /** Whether the step, or without `code` a delivery, stored to page `page` of a slot's `bytes`. */
  explain(code: Code | undefined, bytes: Uint8Array, page: number): boolean {
    if (code === undefined) return this.#frameIsIn(bytes, page);
    for (const operand of code.class.operands) {
      if (!operand.writes) continue;
      if (code.class.repeats && operand.base >= 0) {
        this.#pages ??= this.#storedTo(operand, code.mode === 64);
        return this.#pages.get(bytes)?.has(page) === true;
      }
      this.#address.of(operand, this.#before, code.mode === 64);
      const { value } = this.#address;
      const last = value + BigInt(Math.max(operand.size, 1) - 1);
      if (this.#isIn(value, bytes, page) || this.#isIn(last, bytes, page)) return true;
    }
    return false;
  }

  #frameIsIn(bytes: Uint8Array, page: number): boolean {
    const top = stackTop(this.#words);
    return FRAME_BYTES.some((offset) => this.#isIn(top + offset, bytes, page));
  }

  /** What a string instruction has stored to. */
  #storedTo(operand: MemoryOperand, code64: boolean): Map<Uint8Array, Set<number>> {
    const pages = new Map<Uint8Array, Set<number>>();
    const { addressBits } = operand;
    const left = repCount(this.#words, addressBits);
    const count = repCount(this.#wordsBefore, addressBits) - left;
    for (const at of stringPages(operand, this.#wordsBefore, count, code64)) this.#note(pages, at);
    return pages;
  }

  #note(pages: Map<Uint8Array, Set<number>>, address: bigint): void {
    const memory = this.#memory;
    if (!memory.locate(lowWord(address), highWord(address))) return;
    const page = Math.floor(memory.offset / PAGE_BYTES);
    const known = pages.get(memory.bytes);
    if (known === undefined) pages.set(memory.bytes, new Set([page]));
    else known.add(page);
  }

  #isIn(address: bigint, bytes: Uint8Array, page: number): boolean {
    const memory = this.#memory;
    if (!memory.locate(lowWord(address), highWord(address))) return false;
    return memory.bytes === bytes && Math.floor(memory.offset / PAGE_BYTES) === page;
  }
}
