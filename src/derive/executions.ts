import type { DecodedCode } from './code.js';
import type { DerivedSink } from './sink.js';

/** Every so many executions of an address, one has a row: the others are at most that far from it. */
export const MARK_EVERY = 256;

/** Counts executions of each instruction, and marks every 256th of each address. */
export class Executions {
  readonly #sink: DerivedSink;
  /** By instruction id; ids are dense in what a recorder writes. */
  #counts = new Float64Array(1024);
  #first = new Float64Array(1024);
  #last = new Float64Array(1024);
  /** Instruction id → place of its address in #ranks. */
  #slots = new Int32Array(1024);
  readonly #slotOf = new Map<bigint, number>();
  readonly #ranks: number[] = [];
  readonly #addresses: bigint[] = [];

  constructor(sink: DerivedSink) {
    this.#sink = sink;
  }

  /** Before the first `executed` of an instruction. */
  define({ id, address }: DecodedCode): void {
    if (id >= this.#counts.length) this.#grow(id + 1);
    let slot = this.#slotOf.get(address);
    if (slot === undefined) {
      slot = this.#ranks.length;
      this.#slotOf.set(address, slot);
      this.#ranks.push(0);
      this.#addresses.push(address);
    }
    this.#slots[id] = slot;
  }

  executed(id: number, step: number): void {
    if (this.#counts[id]!++ === 0) this.#first[id] = step;
    this.#last[id] = step;
    const slot = this.#slots[id]!;
    const rank = this.#ranks[slot]!;
    this.#ranks[slot] = rank + 1;
    if (rank % MARK_EVERY === 0) this.#sink.executionMark(this.#addresses[slot]!, rank, step);
  }

  finish(): void {
    this.#counts.forEach((count, id) => {
      if (count > 0) this.#sink.instructionSteps(id, count, this.#first[id]!, this.#last[id]!);
    });
  }

  #grow(needed: number): void {
    const size = Math.max(needed, this.#counts.length * 2);
    const doubles = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(size);
      grown.set(old);
      return grown;
    };
    this.#counts = doubles(this.#counts);
    this.#first = doubles(this.#first);
    this.#last = doubles(this.#last);
    const slots = new Int32Array(size);
    slots.set(this.#slots);
    this.#slots = slots;
  }
}
