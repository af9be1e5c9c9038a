/** The blocks of a trace that have a counterpart, in the order in which they ran. */
import type { SideAlignment } from '../alignment/alignment.js';
import { CallTracker } from '../model/call-tracker.js';
import { Control, type CodeModel } from '../model/model.js';
import { stepBatches } from '../model/steps.js';
import { FOREIGN, Tokens } from './tokens.js';

/** Reads tokens of a trace as they are asked for, and drops those behind. */
export class FlowStream {
  readonly tokens = new Tokens();
  readonly #fill: Generator<undefined>;
  #at = 0;
  #ended = false;

  constructor(model: CodeModel, alignment: SideAlignment) {
    this.#fill = fill(model, alignment, this.tokens);
  }

  /** Index of the next token. */
  get at(): number {
    return this.#at;
  }

  /** Makes `count` tokens from the next on available, unless the trace ends before; returns how many. */
  ahead(count: number): number {
    while (!this.#ended && this.tokens.count - this.#at < count) {
      this.#ended = this.#fill.next().done === true;
    }
    return Math.min(count, this.tokens.count - this.#at);
  }

  skip(count: number): void {
    this.#at = this.tokens.drop(this.#at + count);
  }
}

/** Appends tokens, a batch of steps at a time. */
function* fill(
  model: CodeModel,
  { token, branch, site, inlined, alone }: SideAlignment,
  tokens: Tokens,
): Generator<undefined> {
  // Calls that are none in the other build do not count.
  let hidden = 0;
  const tracker = new CallTracker(model, {
    enter: (callee) => (hidden += inlined[callee]!),
    leave: (callee) => (hidden -= inlined[callee]!),
  });
  const { control, decides, place, behind, functionOf } = model;
  const frames = new Float64Array(control.length).fill(-1);
  const ordinals = new Float64Array(control.length);
  let previous = -1;
  let decision = -1;
  let decider = -1;
  let ordinal = 0;
  let taken = 2;
  for (const { first, count, ids, interrupted } of stepBatches(model)) {
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      const step = first + i;
      const returnsTo = interrupted.size === 0 ? -1 : (interrupted.get(step) ?? -1);
      if (previous >= 0 && control[previous] === Control.none && returnsTo < 0) tracker.follow(id);
      else tracker.arrive(id, step, returnsTo);
      if (returnsTo >= 0) [decision, decider] = [step, -1];
      else if (previous >= 0 && decides[previous] !== 0) {
        taken = decides[previous] === 2 ? 2 : place[id] === behind[previous] ? 0 : 1;
      }
      if (token[id]! >= 0) {
        const called = tracker.start === step && inlined[tracker.function] === 0 ? 1 : 0;
        const caller = called === 1 && returnsTo < 0 ? previous : -1;
        const foreign = caller >= 0 && alone[functionOf[caller]!] === 1;
        const from = foreign ? FOREIGN : caller < 0 ? -1 : site[caller]!;
        const depth = tracker.depth - hidden;
        tokens.push(token[id]!, step, depth, decision, decider, taken, ordinal, called, from);
      }
      if (decides[id] !== 0) {
        decision = step;
        decider = branch[id]!;
        if (decider >= 0) {
          if (frames[id] !== tracker.start) {
            frames[id] = tracker.start;
            ordinals[id] = 0;
          }
          ordinal = ++ordinals[id]!;
        }
      }
      previous = id;
    }
    yield undefined;
  }
}

/**
 * Whether the tokens of two traces at these places are the same. A call that stands in the code of
 * both is not the one that a function makes which the other build lacks, whatever it calls.
 */
export function sameToken(a: Tokens, i: number, b: Tokens, j: number): boolean {
  if (a.number[i] !== b.number[j]) return false;
  const [x, y] = [a.site[i]!, b.site[j]!];
  return x >= 0 ? y !== FOREIGN : x !== FOREIGN || y < 0;
}
