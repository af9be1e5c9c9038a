import { lowWord, highWord } from '../base/halves.js';
import type { Code } from '../stepper/code-cache.js';
import { stackTop } from '../stepper/expected-rip.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import { WordRegisters } from '../machine/register-words.js';
import { LinearAddress } from '../x86/linear-address.js';

const PAGE_SHIFT = 12;
/** From the top of the stack on, as far as the frame of an exception can reach. */
const FRAME_BYTES = [0n, 47n];

/**
 * Tells stores that changed nothing from pages that KVM reports for another reason: with nested paging a
 * walk of the guest's page tables counts as a write to them, at every step (APM vol. 2, 15.25.6; the same
 * with accessed and dirty bits of EPT).
 */
export class SilentStores {
  readonly #memory: LinearMemory;
  readonly #words: Int32Array;
  readonly #before: WordRegisters;
  readonly #address = new LinearAddress();

  /** @param before the registers before the step, from which operand addresses follow */
  constructor(memory: LinearMemory, words: Int32Array, before: Int32Array) {
    this.#memory = memory;
    this.#words = words;
    this.#before = new WordRegisters(before);
  }

  /** Whether the step, or without `code` a delivery, stored to page `page` of a slot's `bytes`. */
  explain(code: Code | undefined, bytes: Uint8Array, page: number): boolean {
    if (code === undefined) return this.#frameIsIn(bytes, page);
    for (const operand of code.class.operands) {
      if (!operand.writes) continue;
      // How far a string instruction came is not worth knowing here.
      if (code.class.repeats) return !this.#memory.isTable(bytes, page);
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

  #isIn(address: bigint, bytes: Uint8Array, page: number): boolean {
    const memory = this.#memory;
    if (!memory.locate(lowWord(address), highWord(address))) return false;
    return memory.bytes === bytes && Math.floor(memory.offset / (1 << PAGE_SHIFT)) === page;
  }
}
