import { wide } from '../../base/halves.js';

/**
 * A running 64-bit hash of what the steps did, as two 32-bit lanes. Not cryptographic: it finds where
 * two executions part; it proves nothing against an adversary.
 *
 * Hashed are, in the order of the stream, the instruction (its address, mode and bytes, not its
 * number), register values, memory rows, port and MMIO data, and interruptions. Not hashed is what
 * depends on how KVM tells it: pages dirtied without a change.
 */
export class Digest {
  #a = 0x9e3779b9 | 0;
  #b = 0x85ebca6b | 0;
  #chainA = 0;
  #chainB = 0;
  readonly #instructions: number[] = [];

  word(value: number): void {
    const a = Math.imul(this.#a ^ value, 0x01000193);
    this.#a = (a << 13) | (a >>> 19);
    this.#b = Math.imul(this.#b + value, 0x9e3779b1) ^ this.#a;
  }

  words(words: Int32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.word(words[i]!);
  }

  /** The instruction numbered `id` is this, for the steps to come. */
  defineInstruction(id: number, words: Int32Array, from: number, to: number): void {
    let hash = 0x811c9dc5 | 0;
    for (let i = from; i < to; i++) {
      hash = Math.imul(hash ^ words[i]!, 0x01000193);
      hash ^= hash >>> 15;
    }
    this.#instructions[id] = hash;
  }

  instruction(id: number): void {
    this.word(this.#instructions[id] ?? 0);
  }

  /** Ends a chunk: its hash, and that of everything so far. */
  finish(): { chunk: bigint; chain: bigint } {
    const chunk = combine(this.#a, this.#b);
    this.#chainA = Math.imul(this.#chainA ^ this.#a, 0x85ebca6b) ^ (this.#b >>> 7);
    this.#chainB = Math.imul(this.#chainB ^ this.#b, 0xc2b2ae35) ^ (this.#a >>> 11);
    this.#a = 0x9e3779b9 | 0;
    this.#b = 0x85ebca6b | 0;
    return { chunk, chain: combine(this.#chainA, this.#chainB) };
  }
}

function combine(a: number, b: number): bigint {
  return BigInt.asIntN(64, wide(b, a));
}
