/** Which pages a string instruction with a REP prefix comes to. */
import { PAGE_BYTES } from '../base/page.js';
import { wideNumber } from '../base/halves.js';
import { LinearAddress } from '../x86/linear-address.js';
import type { MemoryOperand } from '../x86/operand.js';
import { elementsRound, stringRuns } from '../x86/string-runs.js';
import { RCX, RFLAGS, RFLAGS_DF, WordRegisters } from './register-words.js';

/** The count of a REP prefix: cx, ecx or rcx. */
export function repCount(words: Int32Array, addressBits: 16 | 32 | 64): number {
  const low = words[RCX]! >>> 0;
  if (addressBits === 16) return low & 0xffff;
  return addressBits === 32 ? low : wideNumber(low, words[RCX + 1]!);
}

/**
 * A linear address in each page of the elements of an operand; a page twice where they wrap.
 *
 * @param words the registers before the first of them
 */
export function* stringPages(
  operand: MemoryOperand,
  words: Int32Array,
  count: number,
  code64: boolean,
): Generator<bigint> {
  const { base, addressBits, size } = operand;
  const registers = new WordRegisters(words);
  const pointer = registers.generalLow(base) >>> 0;
  const start = addressBits === 16 ? pointer & 0xffff : pointer;
  const down = (words[RFLAGS]! & RFLAGS_DF) !== 0;
  const address = new LinearAddress();
  address.of(operand, registers, code64);
  const first = address.value;
  // What it comes to twice are the same pages.
  const all = Math.min(count, elementsRound(size, addressBits));
  for (const run of stringRuns({ start, size, count: all, down, addressBits })) {
    const from = first + BigInt(run.distance);
    const to = from + BigInt(run.count * size);
    for (let at = from; at < to; at = (at | BigInt(PAGE_BYTES - 1)) + 1n) yield at;
  }
}
