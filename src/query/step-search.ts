/** Searches for steps that did something, forwards and backwards. */

/** Finds the steps of one kind: each through an index, whatever the length of the trace. */
export interface StepSearch {
  /** The first such step from step `from` on. */
  next(from: number): number | undefined;
  /** The newest such step before step `before`. */
  last(before: number): number | undefined;
}

/** Up to `count` steps from step `from` on, in order. */
export function* stepsFrom(search: StepSearch, from: number, count: number): Generator<number> {
  for (let at = from; count > 0; count--) {
    const step = search.next(at);
    if (step === undefined) return;
    yield step;
    at = step + 1;
  }
}

/** The last `count` steps before step `before`, in order. */
export function stepsBefore(search: StepSearch, before: number, count: number): number[] {
  const found: number[] = [];
  for (let at = before; found.length < count;) {
    const step = search.last(at);
    if (step === undefined) break;
    found.push(step);
    at = step;
  }
  return found.reverse();
}

/** Steps that any of the searches finds. */
export function anyOf(searches: readonly StepSearch[]): StepSearch {
  const best = (
    found: readonly (number | undefined)[],
    pick: (...steps: number[]) => number,
  ): number | undefined => {
    const steps = found.filter((step) => step !== undefined);
    return steps.length === 0 ? undefined : pick(...steps);
  };
  return {
    next: (from) =>
      best(
        searches.map((each) => each.next(from)),
        Math.min,
      ),
    last: (before) =>
      best(
        searches.map((each) => each.last(before)),
        Math.max,
      ),
  };
}

/** The step, or undefined for -1: the initial state was not made by a step. */
export function executed(step: number | undefined): number | undefined {
  return step === undefined || step < 0 ? undefined : step;
}
