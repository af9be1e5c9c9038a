/** What a debugger has asked to stop at, by the kinds of requests that set it. */
import type { Condition } from '../query/condition.js';
import type { Hit } from '../query/position.js';

/** A place or change to stop at. */
export interface Breakpoint {
  readonly id: number;
  readonly condition: Condition;
  /** Stops only where this expression holds. */
  readonly when: string | undefined;
}

/** Each set of a kind replaces the one before, as the requests do: of a file, of functions, of data … */
export class Breakpoints {
  readonly #sets = new Map<string, readonly Breakpoint[]>();
  #next = 1;

  newId(): number {
    return this.#next++;
  }

  set(kind: string, breakpoints: readonly Breakpoint[]): void {
    this.#sets.set(kind, breakpoints);
  }

  get conditions(): Condition[] {
    return this.#all().map(({ condition }) => condition);
  }

  /** Those that hits of a run are of. */
  hit(hits: readonly Hit[]): Breakpoint[] {
    return this.#all().filter(({ condition }) => hits.some((hit) => hit.condition === condition));
  }

  #all(): Breakpoint[] {
    return [...this.#sets.values()].flat();
  }
}
