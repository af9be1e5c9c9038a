/** A window of a trace's tokens, column by column: beginnings of blocks that both builds have. */

/** A call that code makes which the other build does not have. */
export const FOREIGN = -2;

/** Tokens that are let go at a time; a few are kept to look back at. */
const DROP = 1 << 16;
const KEEP = 16;

/** Columns of a token each, grown at the end and dropped at the front. */
export class Tokens {
  count = 0;
  /** The number that it shares with its counterpart. */
  number = new Int32Array(DROP);
  step = new Float64Array(DROP);
  /** Calls under way. */
  depth = new Int32Array(DROP);
  /** The last step before it that could have gone elsewhere; -1 for none since the start. */
  decision = new Float64Array(DROP);
  /** The number of the branch that decided there; -1 where it has no counterpart. */
  decider = new Int32Array(DROP);
  /** 1 where that branch was taken, 0 where not, 2 where it has more than two ways. */
  taken = new Uint8Array(DROP);
  /** How often that branch has run since the call began that it runs in. */
  ordinal = new Float64Array(DROP);
  /** 1 where a call has just begun, be it a tail call. */
  called = new Uint8Array(DROP);
  /** The number of that call; -1 where it has no counterpart, FOREIGN where its caller has none. */
  site = new Int32Array(DROP);

  push(
    number: number,
    step: number,
    depth: number,
    decision: number,
    decider: number,
    taken: number,
    ordinal: number,
    called: number,
    site: number,
  ): void {
    const at = this.count++;
    if (at === this.number.length) this.#grow();
    this.number[at] = number;
    this.step[at] = step;
    this.depth[at] = depth;
    this.decision[at] = decision;
    this.decider[at] = decider;
    this.taken[at] = taken;
    this.ordinal[at] = ordinal;
    this.called[at] = called;
    this.site[at] = site;
  }

  /** Lets go of tokens well before `at`; returns where that token is now. */
  drop(at: number): number {
    if (at < DROP) return at;
    const from = at - KEEP;
    for (const column of this.#columns()) column.copyWithin(0, from, this.count);
    this.count -= from;
    return KEEP;
  }

  #columns(): (Int32Array | Float64Array | Uint8Array)[] {
    const { number, step, depth, decision, decider, taken, ordinal, called, site } = this;
    return [number, step, depth, decision, decider, taken, ordinal, called, site];
  }

  #grow(): void {
    const size = this.number.length * 2;
    const int = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const column = new Int32Array(size);
      column.set(old);
      return column;
    };
    const float = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const column = new Float64Array(size);
      column.set(old);
      return column;
    };
    const byte = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const column = new Uint8Array(size);
      column.set(old);
      return column;
    };
    this.number = int(this.number);
    this.step = float(this.step);
    this.depth = int(this.depth);
    this.decision = float(this.decision);
    this.decider = int(this.decider);
    this.taken = byte(this.taken);
    this.ordinal = float(this.ordinal);
    this.called = byte(this.called);
    this.site = int(this.site);
  }
}
