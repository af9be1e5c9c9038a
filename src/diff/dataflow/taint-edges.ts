/**
 * The way of a difference: from the cause, through the instructions that carried it on. There is one
 * edge for each cause and instruction, however often it runs: loops make neither the way nor memory
 * grow.
 */
import type { RootCause } from './cause.js';

/** A step of a and the one of b that it is compared with. */
export interface StepOfBoth {
  readonly stepA: number;
  readonly stepB: number;
}

/** An instruction on the way of a difference from its root cause. */
export interface TaintEdge {
  readonly root: RootCause;
  /** Where the difference came from the first time; undefined at the root itself. */
  readonly from: TaintEdge | undefined;
  /** The first steps that carried it on here, and the last. */
  readonly first: StepOfBoth;
  last: StepOfBoth;
}

/** Of more, the way is told as far as it was known. */
const MAX_EDGES = 1 << 18;

/** All edges of a comparison. */
export class TaintEdges {
  readonly #begun = new Map<RootCause, TaintEdge>();
  /** By root, then by instruction. */
  readonly #known = new Map<RootCause, Map<number, TaintEdge>>();
  #size = 0;

  /** The root itself; also what happens again for the same cause. */
  begin(root: RootCause, { stepA, stepB }: StepOfBoth): TaintEdge {
    const at = { stepA, stepB };
    let edge = this.#begun.get(root);
    if (edge === undefined) {
      edge = { root, from: undefined, first: at, last: at };
      this.#begun.set(root, edge);
    }
    edge.last = at;
    return edge;
  }

  /** A step carries the difference `from` on. */
  carry(from: TaintEdge, instruction: number, { stepA, stepB }: StepOfBoth): TaintEdge {
    let row = this.#known.get(from.root);
    if (row === undefined) this.#known.set(from.root, (row = new Map<number, TaintEdge>()));
    const known = row.get(instruction);
    const at = { stepA, stepB };
    if (known !== undefined) {
      known.last = at;
      return known;
    }
    if (this.#size >= MAX_EDGES) return from;
    this.#size++;
    const edge = { root: from.root, from, first: at, last: at };
    row.set(instruction, edge);
    return edge;
  }
}

/** The one to blame: the earliest root that is not ignored, else an ignored one. */
export function moreTelling(
  a: TaintEdge | undefined,
  b: TaintEdge | undefined,
): TaintEdge | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return rank(b) < rank(a) ? b : a;
}

function rank({ root }: TaintEdge): number {
  return root.ignored ? root.id + 0x4000_0000 : root.id;
}

/**
 * The steps from the cause to `edge`, oldest first: of each instruction the newest that is not newer
 * than what it led to.
 */
export function pathTo(edge: TaintEdge): StepOfBoth[] {
  const path: StepOfBoth[] = [];
  let before = Infinity;
  for (let at: TaintEdge | undefined = edge; at !== undefined; at = at.from) {
    const step = at.last.stepA < before ? at.last : at.first;
    if (step.stepA >= before) continue;
    path.push(step);
    before = step.stepA;
  }
  return path.reverse();
}
