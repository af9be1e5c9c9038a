/** Whether what two runs leave out to come together again is a branch that went another way. */
import type { Alignment, SideAlignment } from '../alignment/alignment.js';
import type { FlowStream } from './flow-stream.js';
import type { ResyncPoint } from './resync-point.js';
import type { Profile } from '../model/profile.js';

/** What one run has ahead, and what of its code has a counterpart. */
export interface FlowSide {
  readonly stream: FlowStream;
  readonly alignment: SideAlignment;
  readonly profile: Profile;
}

/** Decides, at each place where the runs part, whether one branch went another way. */
export class Judge {
  readonly #a: FlowSide;
  readonly #b: FlowSide;
  readonly #alignment: Alignment;
  readonly #showsMore: boolean;
  readonly #tokens: readonly [Float64Array, Float64Array];
  readonly #sites: readonly [Float64Array, Float64Array];

  /** @param showsMore whether output or memory differ: then something must have parted */
  constructor(a: FlowSide, b: FlowSide, alignment: Alignment, showsMore: boolean) {
    [this.#a, this.#b, this.#alignment, this.#showsMore] = [a, b, alignment, showsMore];
    this.#tokens = [countsOf(a, 'token'), countsOf(b, 'token')];
    this.#sites = [countsOf(a, 'site'), countsOf(b, 'site')];
  }

  /**
   * Both came to where they are by the same branch, which both builds have, and by another way.
   *
   * @param sure nothing was left out before
   */
  isOneBranch(sure: boolean): boolean {
    const [a, b] = [this.#a.stream, this.#b.stream];
    if (a.ahead(1) === 0 && b.ahead(1) === 0) return false;
    const [x, y] = [a.tokens, b.tokens];
    const [i, j] = [a.at, b.at];
    // At the end of a trace nothing was decided.
    if (a.ahead(1) === 0 || b.ahead(1) === 0) return false;
    const branch = x.decider[i]!;
    if (branch < 0 || branch !== y.decider[j] || x.ordinal[i] !== y.ordinal[j]) return false;
    if (!isSince(a) || !isSince(b)) return false;
    const isJump = x.taken[i] === 2;
    if (x.taken[i] === y.taken[j] && !isJump) return false;
    const isStraight = this.#alignment.branchIsStraight[branch] === 1;
    if (sure && isStraight) return true;
    return (
      (isStraight || (this.#showsMore && !isJump)) &&
      (this.#tokenCountsDiffer(x.number[i]!) || this.#tokenCountsDiffer(y.number[j]!))
    );
  }

  /**
   * One side makes a call that stands in the code of both, and that it makes more often, or less,
   * in all: gives how many tokens further on the way to it begins.
   */
  callApart({ skipA, skipB }: ResyncPoint): { readonly a: number; readonly b: number } | undefined {
    if (!this.#showsMore) return undefined;
    const callsA = directCalls(this.#a.stream, skipA);
    const callsB = directCalls(this.#b.stream, skipB);
    const first = (
      own: ReadonlyMap<number, number>,
      other: ReadonlyMap<number, number>,
    ): number | undefined => {
      for (const [site, ahead] of own) {
        if (!other.has(site) && this.#sites[0][site] !== this.#sites[1][site]) return ahead;
      }
      return undefined;
    };
    const [a, b] = [first(callsA, callsB), first(callsB, callsA)];
    return a === undefined && b === undefined ? undefined : { a: a ?? 0, b: b ?? 0 };
  }

  #tokenCountsDiffer(number: number): boolean {
    return this.#tokens[0][number] !== this.#tokens[1][number];
  }
}

/** By number: how often it ran. */
function countsOf({ alignment, profile }: FlowSide, column: 'token' | 'site'): Float64Array {
  const numbers = alignment[column];
  const counts = new Float64Array(numbers.reduce((most, each) => Math.max(most, each), -1) + 1);
  for (const [id, number] of numbers.entries()) {
    if (number >= 0) counts[number] = profile.executions[id]!;
  }
  return counts;
}

/** The branch came after the last token. */
function isSince({ tokens, at }: FlowStream): boolean {
  return tokens.decision[at]! >= (tokens.step[at - 1] ?? 0);
}

/**
 * The calls that the function under way makes in the next tokens, by number: how many tokens ahead
 * the beginning is of the block that makes it.
 */
function directCalls({ tokens, at }: FlowStream, count: number): Map<number, number> {
  const calls = new Map<number, number>();
  let base = tokens.depth[at - 1] ?? 0;
  let block = 0;
  for (let i = at; i < at + count; i++) {
    const called = tokens.called[i] === 1;
    const frame = tokens.depth[i]! - (called ? 1 : 0);
    if (frame > base) continue;
    base = frame;
    if (!called) block = i - at;
    else if (tokens.site[i]! >= 0) calls.set(tokens.site[i]!, block);
  }
  return calls;
}
