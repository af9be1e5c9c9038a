/** The bytes of memory in which the two machines differ, each with the way its difference came. */
import { moreTelling, type TaintEdge } from './taint-edges.js';

/** Bytes that are kept together. */
const BLOCK = 256;
/** Blocks that are kept: 16 MiB of memory at the most. */
const MAX_BLOCKS = 1 << 16;

/** What the two traces have at a place now. */
export type ReadBoth = (gpa: number, length: number) => readonly [a: Uint8Array, b: Uint8Array];

interface Block {
  /** 1 + index in #edges for each byte that differs, else 0. */
  readonly bytes: Uint32Array;
  count: number;
  /** When it was known to be right. */
  epoch: number;
}

/** Keeps the bytes that differ, in blocks, with an edge for each byte. */
export class DifferingMemory {
  /** To blame for what differs beyond the blocks that are kept. */
  beyond: TaintEdge | undefined;
  readonly #blocks = new Map<number, Block>();
  readonly #edges: TaintEdge[] = [];
  readonly #indexes = new Map<TaintEdge, number>();
  #size = 0;
  #epoch = 0;

  /** Bytes that differ, or did when they were last looked at. */
  get size(): number {
    return this.#size;
  }

  set(gpa: number, edge: TaintEdge): void {
    const number = Math.floor(gpa / BLOCK);
    let block = this.#blocks.get(number);
    if (block === undefined) {
      if (this.#blocks.size >= MAX_BLOCKS) {
        this.beyond ??= edge;
        return;
      }
      block = { bytes: new Uint32Array(BLOCK), count: 0, epoch: this.#epoch };
      this.#blocks.set(number, block);
    }
    const at = gpa % BLOCK;
    if (block.bytes[at] === 0) {
      block.count++;
      this.#size++;
    }
    block.bytes[at] = this.#indexOf(edge) + 1;
  }

  delete(gpa: number): void {
    if (this.#size === 0) return;
    const number = Math.floor(gpa / BLOCK);
    const block = this.#blocks.get(number);
    if (block !== undefined) this.#forget(number, block, gpa % BLOCK);
  }

  has(gpa: number): boolean {
    const block = this.#blocks.get(Math.floor(gpa / BLOCK));
    return block !== undefined && block.bytes[gpa % BLOCK] !== 0;
  }

  /** Steps were skipped: what differed may have become equal, and is looked at before it is used. */
  doubt(): void {
    this.#epoch++;
  }

  /** The way of the most telling difference in a range. */
  in(gpa: number, length: number, read: ReadBoth): TaintEdge | undefined {
    let best: TaintEdge | undefined;
    if (this.#size === 0) return best;
    const end = gpa + length;
    for (let at = gpa; at < end;) {
      const number = Math.floor(at / BLOCK);
      const stop = Math.min(end, (number + 1) * BLOCK);
      const block = this.#blocks.get(number);
      if (block !== undefined) {
        let last = 0;
        for (; at < stop; at++) {
          const index = block.bytes[at % BLOCK]!;
          if (index === 0 || index === last) continue;
          if (block.epoch !== this.#epoch) {
            this.#check(number, block, read);
            if (block.bytes[at % BLOCK] === 0) continue;
          }
          last = index;
          best = moreTelling(best, this.#edges[index - 1]);
        }
      }
      at = stop;
    }
    return best;
  }

  /** Whether nothing differs, asking no more than `limit` blocks that are in doubt. */
  isEmpty(limit: number, read: ReadBoth): boolean {
    if (this.beyond !== undefined) return false;
    for (const [number, block] of this.#blocks) {
      if (block.epoch === this.#epoch || limit-- <= 0) return false;
      this.#check(number, block, read);
      if (block.count > 0) return false;
    }
    return this.#size === 0;
  }

  /** The first few ranges that differ, for messages. */
  *ranges(limit: number): Generator<number> {
    for (const [number, { bytes }] of this.#blocks) {
      const first = bytes.findIndex((index) => index !== 0);
      if (limit-- <= 0) return;
      if (first >= 0) yield number * BLOCK + first;
    }
  }

  #check(number: number, block: Block, read: ReadBoth): void {
    block.epoch = this.#epoch;
    const [a, b] = read(number * BLOCK, BLOCK);
    for (let at = 0; at < BLOCK; at++) {
      if (block.bytes[at] !== 0 && a[at] === b[at]) this.#forget(number, block, at);
    }
  }

  #forget(number: number, block: Block, at: number): void {
    if (block.bytes[at] === 0) return;
    block.bytes[at] = 0;
    this.#size--;
    if (--block.count === 0) this.#blocks.delete(number);
  }

  /** There are as many as edges, which are bounded, and causes. */
  #indexOf(edge: TaintEdge): number {
    let index = this.#indexes.get(edge);
    if (index === undefined) {
      index = this.#edges.push(edge) - 1;
      this.#indexes.set(edge, index);
    }
    return index;
  }
}
