/** The aligned instructions of a trace in the order in which they ran. */
import type { Alignment } from './alignment.js';
import { CallTracker } from './call-tracker.js';
import type { CodeModel } from './model.js';
import { stepBatches } from './steps.js';

/** A run of aligned instructions, column by column. */
export interface Tokens {
  /** The number that the instruction shares with its counterpart. */
  readonly common: number[];
  readonly step: number[];
  /** Calls under way. */
  readonly depth: number[];
  /** The last step before it that could have gone elsewhere; -1 for none since the start. */
  readonly decision: number[];
  /** The common number of what decided there; -1 where it has no counterpart. */
  readonly decider: number[];
  /** 1 where that branch was taken, 0 where not, 2 where it has more than two ways. */
  readonly taken: number[];
}

export class FlowStream {
  readonly tokens: Tokens = {
    common: [],
    step: [],
    depth: [],
    decision: [],
    decider: [],
    taken: [],
  };
  readonly #fill: Generator<undefined>;
  #at = 0;
  #ended = false;

  constructor(model: CodeModel, common: Alignment['commonA']) {
    this.#fill = fill(model, common, this.tokens);
  }

  /** Index of the next token. */
  get at(): number {
    return this.#at;
  }

  /** Makes `count` tokens from the next on available, unless the trace ends before; returns how many. */
  ahead(count: number): number {
    while (!this.#ended && this.tokens.common.length - this.#at < count) {
      this.#ended = this.#fill.next().done === true;
    }
    return Math.min(count, this.tokens.common.length - this.#at);
  }

  skip(count: number): void {
    this.#at += count;
    if (this.#at < DROP) return;
    for (const column of Object.values(this.tokens) as number[][])
      column.splice(0, this.#at - KEEP);
    this.#at = KEEP;
  }
}

/** Tokens behind are let go at so many; a few are kept to look back at. */
const DROP = 1 << 16;
const KEEP = 16;

/** Appends tokens, a batch of steps at a time. */
function* fill(model: CodeModel, common: Int32Array, tokens: Tokens): Generator<undefined> {
  const tracker = new CallTracker(model);
  const { control, decides, place, behind } = model;
  let previous = -1;
  let decision = -1;
  let decider = -1;
  let taken = 2;
  for (const { first, count, ids, interrupted } of stepBatches(model)) {
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      const step = first + i;
      const returnsTo = interrupted.size === 0 ? -1 : (interrupted.get(step) ?? -1);
      if (previous >= 0 && control[previous] === 0 && returnsTo < 0) tracker.follow(id);
      else tracker.arrive(id, step, returnsTo);
      if (returnsTo >= 0) [decision, decider] = [step, -1];
      else if (previous >= 0 && decides[previous] !== 0) {
        taken = decides[previous] === 2 ? 2 : place[id] === behind[previous] ? 0 : 1;
      }
      const number = common[id]!;
      if (number >= 0) {
        tokens.common.push(number);
        tokens.step.push(step);
        tokens.depth.push(tracker.depth);
        tokens.decision.push(decision);
        tokens.decider.push(decider);
        tokens.taken.push(taken);
      }
      if (decides[id] !== 0) [decision, decider] = [step, number];
      previous = id;
    }
    yield undefined;
  }
}
