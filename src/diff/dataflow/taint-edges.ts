/**
 * The way of a difference: from the cause, through the instructions that carried it on. There is one
 * hop for each cause and instruction, however often it runs: loops make neither the way nor memory
 * grow.
 */
import type { Root } from './cause.js';

export interface StepOfBoth {
  readonly stepA: number;
  readonly stepB: number;
}

export interface Hop {
  readonly root: Root;
  /** Where the difference came from the first time; undefined at the root itself. */
  readonly from: Hop | undefined;
  /** The first steps that carried it on here, and the last. */
  readonly first: StepOfBoth;
  last: StepOfBoth;
}

/** Of more, the way is told as far as it was known. */
const MAX_HOPS = 1 << 18;

export class Hops {
  readonly #begun = new Map<Root, Hop>();
  /** By root, then by instruction. */
  readonly #known = new Map<Root, Map<number, Hop>>();
  #size = 0;

  /** The root itself; also what happens again for the same cause. */
  begin(root: Root, { stepA, stepB }: StepOfBoth): Hop {
    const at = { stepA, stepB };
    let hop = this.#begun.get(root);
    if (hop === undefined) {
      hop = { root, from: undefined, first: at, last: at };
      this.#begun.set(root, hop);
    }
    hop.last = at;
    return hop;
  }

  /** A step carries the difference `from` on. */
  carry(from: Hop, instruction: number, { stepA, stepB }: StepOfBoth): Hop {
    let row = this.#known.get(from.root);
    if (row === undefined) this.#known.set(from.root, (row = new Map<number, Hop>()));
    const known = row.get(instruction);
    const at = { stepA, stepB };
    if (known !== undefined) {
      known.last = at;
      return known;
    }
    if (this.#size >= MAX_HOPS) return from;
    this.#size++;
    const hop = { root: from.root, from, first: at, last: at };
    row.set(instruction, hop);
    return hop;
  }
}

/** The one to blame: the earliest root that is not ignored, else an ignored one. */
export function moreTelling(a: Hop | undefined, b: Hop | undefined): Hop | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return rank(b) < rank(a) ? b : a;
}

function rank({ root }: Hop): number {
  return root.ignored ? root.id + 0x4000_0000 : root.id;
}

/**
 * The steps from the cause to `hop`, oldest first: of each instruction the newest that is not newer
 * than what it led to.
 */
export function pathTo(hop: Hop): StepOfBoth[] {
  const path: StepOfBoth[] = [];
  let before = Infinity;
  for (let at: Hop | undefined = hop; at !== undefined; at = at.from) {
    const step = at.last.stepA < before ? at.last : at.first;
    if (step.stepA >= before) continue;
    path.push(step);
    before = step.stepA;
  }
  return path.reverse();
}
