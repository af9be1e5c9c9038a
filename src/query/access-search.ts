/** The last and the next access to a range of memory. */
import type { AccessRun, AccessRunReader, RunSource } from '../trace/read/access-runs.js';
import { accessOf, inOrder, layoutOf, passes, type MemoryAccess } from './accesses.js';
import { unitCount, unitFilters, unitRanges, type AccessFilter } from './access-units.js';
import type { PhysicalRange } from './last-writes.js';

/** Ranges of more lines than this are searched by step rather than line by line. */
const MANY_UNITS = 256;

/** The newest access to a byte of a range at a step before `before` and after `after`. */
export function lastAccess(
  runs: RunSource,
  range: PhysicalRange,
  before: number,
  filter: AccessFilter = {},
  after = -1,
): MemoryAccess | undefined {
  const search = new Newest(runs, range, filter, before, after);
  if (unitCount(range) > MANY_UNITS) {
    for (const units of unitRanges(range, filter)) {
      for (const key of runs.newestFirst(units, before, after)) {
        if (!search.mayBeIn(key)) break;
        const run = runs.run(key);
        if (run !== undefined) search.look(run);
      }
    }
    return search.found;
  }
  for (const unit of unitFilters(range, filter)) {
    let run = runs.newest(unit, before);
    // An older row may end at the step that a newer one begins at, not later.
    while (run !== undefined && search.mayBeIn(run)) {
      search.look(run);
      run = runs.newest(unit, run.firstStep);
    }
  }
  return search.found;
}

/** The first access to a byte of a range at step `from` or later. */
export function nextAccess(
  runs: AccessRunReader,
  range: PhysicalRange,
  from: number,
  filter: AccessFilter = {},
): MemoryAccess | undefined {
  const search = new Oldest(runs, range, filter, from);
  if (unitCount(range) > MANY_UNITS) {
    for (const units of unitRanges(range, filter)) {
      for (const key of runs.oldestFirst(units, from)) {
        if (!search.mayBeIn(key)) break;
        const run = runs.run(key);
        if (run !== undefined) search.look(run);
      }
    }
    return search.found;
  }
  for (const unit of unitFilters(range, filter)) {
    // The row that begins before `from` may go on after it.
    const under = runs.newest(unit, from);
    if (under !== undefined) search.look(under);
    let run = runs.oldest(unit, from);
    while (run !== undefined && search.mayBeIn(run)) {
      search.look(run);
      run = runs.oldest(unit, run.firstStep + 1);
    }
  }
  return search.found;
}

class Newest {
  found: MemoryAccess | undefined;
  readonly #runs: RunSource;
  readonly #range: PhysicalRange;
  readonly #filter: AccessFilter;
  readonly #before: number;
  readonly #after: number;

  constructor(
    runs: RunSource,
    range: PhysicalRange,
    filter: AccessFilter,
    before: number,
    after: number,
  ) {
    this.#runs = runs;
    this.#range = range;
    this.#filter = filter;
    this.#before = before;
    this.#after = after;
  }

  /** Whether a row that ends at a step can have a newer access than the one that was found. */
  mayBeIn({ lastStep }: { readonly lastStep: number }): boolean {
    return lastStep > this.#after && lastStep >= (this.found?.step ?? 0);
  }

  look(run: AccessRun): void {
    const layout = layoutOf(run);
    const packed = this.#runs.unpack(run);
    for (let i = packed.length - 1; i >= 0; i--) {
      const access = accessOf(layout, packed[i]!);
      if (access.step >= this.#before) continue;
      if (access.step <= this.#after || access.step < (this.found?.step ?? 0)) return;
      if (!passes(access, this.#range, this.#filter)) continue;
      if (this.found === undefined || inOrder(access, this.found) > 0) this.found = access;
    }
  }
}

class Oldest {
  found: MemoryAccess | undefined;
  readonly #runs: RunSource;
  readonly #range: PhysicalRange;
  readonly #filter: AccessFilter;
  readonly #from: number;

  constructor(runs: RunSource, range: PhysicalRange, filter: AccessFilter, from: number) {
    this.#runs = runs;
    this.#range = range;
    this.#filter = filter;
    this.#from = from;
  }

  /** Whether a row that begins at a step can have an older access than the one that was found. */
  mayBeIn({ firstStep }: { readonly firstStep: number }): boolean {
    return firstStep <= (this.found?.step ?? Infinity);
  }

  look(run: AccessRun): void {
    const layout = layoutOf(run);
    for (const value of this.#runs.unpack(run)) {
      const access = accessOf(layout, value);
      if (access.step < this.#from) continue;
      if (access.step > (this.found?.step ?? Infinity)) return;
      if (!passes(access, this.#range, this.#filter)) continue;
      if (this.found === undefined || inOrder(access, this.found) < 0) this.found = access;
    }
  }
}
