/** A place in a recorded execution that moves along it, forwards and backwards. */
import type { State } from './state.js';
import type { Trace } from './trace.js';
import type { ExecutedStep } from '../trace/read/instructions.js';
import { searchOf, type Condition, type ConditionSearch } from './condition.js';

/** Which way a position moves along the trace. */
export type Direction = 'forward' | 'backward';

/** A condition that a run stopped at. */
export interface Hit {
  readonly condition: Condition;
  /** The step that did it, for what a step does; else the state, which is that of the stop. */
  readonly step: number;
}

/** Where a run or a step ended, and why. */
export interface Stop {
  /** `moved`: as far as was asked; `beginning`, `end`: there is no more history. */
  readonly reason: 'condition' | 'moved' | 'beginning' | 'end';
  /** The state that the position is at. */
  readonly step: number;
  /** All conditions that are met there; empty for any other reason. */
  readonly hits: readonly Hit[];
}

/** Instructions that `walk` reads at once. */
const BATCH = 256;

/**
 * A state of a trace that one can move: by steps, to a number, or to where a condition holds, in either
 * direction. Nothing is executed for it: a run is a search, which takes the time of an index look-up for
 * each condition, whatever the distance.
 *
 * A run that stops at a condition and is then turned round finds what it stopped at: forwards over a
 * write, then backwards to it, ends in the state before the write.
 *
 * Conditions are remembered as objects: pass the same ones again to have what was found used again.
 *
 * @example
 * const position = new Position(trace);
 * position.run('forward', [{ kind: 'execute', place: 'main' }]);
 * position.run('backward', [{ kind: 'register', name: 'rsp' }]);
 * console.log(position.state.register('rsp'));
 */
export class Position {
  readonly trace: Trace;
  #step: number;
  readonly #searches = new WeakMap<Condition, ConditionSearch>();

  /**
   * @param step the state to begin at
   * @throws KvmtraceError (exit code 2) for a state that does not exist
   */
  constructor(trace: Trace, step = 0) {
    this.trace = trace;
    this.#step = trace.state(step).step;
  }

  /** The number of the state: step `step` runs next. */
  get step(): number {
    return this.#step;
  }

  /** The machine here. */
  get state(): State {
    return this.trace.state(this.#step);
  }

  get atBeginning(): boolean {
    return this.#step === 0;
  }

  get atEnd(): boolean {
    return this.#step === this.trace.stepCount;
  }

  /**
   * Goes to a state.
   *
   * @throws KvmtraceError (exit code 2) for one that does not exist; the position is then as before
   */
  seek(step: number): void {
    this.#step = this.trace.state(step).step;
  }

  /** Goes `count` steps, or as far as there is history. */
  move(direction: Direction, count = 1): Stop {
    const wanted = this.#step + (direction === 'forward' ? count : -count);
    const end = direction === 'forward' ? this.trace.stepCount : 0;
    const isBeyond = direction === 'forward' ? wanted > end : wanted < end;
    if (isBeyond) return this.#stopAtEnd(direction);
    this.#step = wanted;
    return { reason: 'moved', step: wanted, hits: [] };
  }

  /**
   * Goes to the nearest state in a direction, other than the one it is at, where one of the conditions
   * is met; to the end of history where none is.
   *
   * @throws KvmtraceError (exit code 2) for conditions on what the trace does not have, and what
   *   `Trace.onWork` throws: the position is then as before
   */
  run(direction: Direction, conditions: readonly Condition[]): Stop {
    const stop = this.#nearest(direction, conditions);
    if (stop === undefined) return this.#stopAtEnd(direction);
    this.#step = stop.step;
    return stop;
  }

  /**
   * Goes step by step until `isThere` accepts what would run next, or a condition is met before. Takes
   * about a microsecond a step.
   *
   * @throws as `run` does
   */
  walk(
    direction: Direction,
    isThere: (next: ExecutedStep) => boolean,
    conditions: readonly Condition[] = [],
  ): Stop {
    const stop = this.#nearest(direction, conditions);
    const found = this.#firstThere(direction, isThere, stop?.step);
    if (found !== undefined) {
      this.#step = found;
      // What is met at the same state is told rather than that the walk is over.
      return stop?.step === found ? stop : { reason: 'moved', step: found, hits: [] };
    }
    if (stop === undefined) return this.#stopAtEnd(direction);
    this.#step = stop.step;
    return stop;
  }

  #firstThere(
    direction: Direction,
    isThere: (next: ExecutedStep) => boolean,
    limit: number | undefined,
  ): number | undefined {
    const { trace } = this;
    if (direction === 'forward') {
      const end = limit === undefined ? trace.stepCount : Math.min(trace.stepCount, limit + 1);
      for (let from = this.#step + 1; from < end; from += BATCH) {
        trace.onWork?.();
        const batch = trace.executed(from, Math.min(end, from + BATCH));
        const found = batch.find(isThere);
        if (found !== undefined) return found.step;
      }
      return undefined;
    }
    const end = limit ?? 0;
    for (let to = this.#step; to > end; to -= BATCH) {
      trace.onWork?.();
      const found = trace.executed(Math.max(end, to - BATCH), to).findLast(isThere);
      if (found !== undefined) return found.step;
    }
    return undefined;
  }

  /** Where a run would stop; undefined for the end of history. */
  #nearest(direction: Direction, conditions: readonly Condition[]): Stop | undefined {
    const from = this.#step;
    let best: number | undefined;
    let hits: Hit[] = [];
    for (const condition of conditions) {
      const { ofSteps, search } = this.#searchOf(condition);
      const after = ofSteps ? 1 : 0;
      const found = direction === 'forward' ? search.next(from + 1 - after) : search.last(from);
      if (found === undefined) continue;
      const state = direction === 'forward' ? found + after : found;
      if (state > this.trace.stepCount) continue;
      const isNearer =
        best === undefined || (direction === 'forward' ? state < best : state > best);
      if (isNearer) {
        best = state;
        hits = [];
      }
      if (state === best) hits.push({ condition, step: found });
    }
    return best === undefined ? undefined : { reason: 'condition', step: best, hits };
  }

  #searchOf(condition: Condition): ConditionSearch {
    let search = this.#searches.get(condition);
    if (search === undefined) {
      this.#searches.set(condition, (search = searchOf(this.trace, condition)));
    }
    return search;
  }

  #stopAtEnd(direction: Direction): Stop {
    this.#step = direction === 'forward' ? this.trace.stepCount : 0;
    return { reason: direction === 'forward' ? 'end' : 'beginning', step: this.#step, hits: [] };
  }
}
