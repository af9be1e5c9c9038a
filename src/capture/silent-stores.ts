import { highWord, lowWord, wideNumber } from '../base/halves.js';
import { PAGE_BYTES } from '../base/page.js';
import type { Code } from '../stepper/code-cache.js';
import { stackTop } from '../stepper/expected-rip.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import { RFLAGS, WordRegisters } from '../machine/register-words.js';
import { LinearAddress } from '../x86/linear-address.js';
import type { MemoryOperand } from '../x86/operand.js';
import { elementsRound, stringRuns } from '../x86/string-runs.js';

/** In struct kvm_regs. */
const RCX = 2;
const RFLAGS_DF = 0x400;
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
      this.#address.of(operand, this.#before, code.mode === 64);
      if (code.class.repeats && operand.base >= 0) {
        this.#pages ??= this.#storedTo(operand);
        return this.#pages.get(bytes)?.has(page) === true;
      }
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

  /** What a string instruction has stored to, whose first element lies at `#address`. */
  #storedTo({ base, addressBits, size }: MemoryOperand): Map<Uint8Array, Set<number>> {
    const pages = new Map<Uint8Array, Set<number>>();
    const pointer = this.#before.generalLow(base) >>> 0;
    const down = (this.#wordsBefore[RFLAGS]! & RFLAGS_DF) !== 0;
    const start = addressBits === 16 ? pointer & 0xffff : pointer;
    const count = Math.min(this.#elements(addressBits), elementsRound(size, addressBits));
    const first = this.#address.value;
    for (const run of stringRuns({ start, size, count, down, addressBits })) {
      const from = first + BigInt(run.distance);
      const to = from + BigInt(run.count * size);
      for (let at = from; at < to; at = (at | BigInt(PAGE_BYTES - 1)) + 1n) this.#note(pages, at);
    }
    return pages;
  }

  /** How many elements it came through. */
  #elements(addressBits: 16 | 32 | 64): number {
    const words = this.#words;
    const low = this.#before.generalLow(RCX) - words[2 * RCX]!;
    if (addressBits === 16) return low & 0xffff;
    if (addressBits === 32) return low >>> 0;
    const left = wideNumber(words[2 * RCX]!, words[2 * RCX + 1]!);
    return wideNumber(this.#before.generalLow(RCX), this.#before.generalHigh(RCX)) - left;
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
