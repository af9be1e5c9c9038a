/** Which pages were written when: a heat map of steps and pages. */
import type { Trace } from '../../query/trace.js';

/** Bins over the whole trace that are counted exactly, in the background. */
const BINS = 1024;
/** Windows of so few steps are counted when they are asked for. */
const FEW_STEPS = 150_000;
/** Steps that are counted at a time in the background: some ten milliseconds. */
const BATCH = 50_000;
/** Writes that are looked at in each bin of a picture that is sampled. */
const SAMPLE = 24;
/** More different (page, bin) pairs are not kept: the picture stays sampled. */
const MOST_CELLS = 2_000_000;
const PAGE_SHIFT = 12;

/** A heat map: rows are pages, or neighbouring pages together. */
export interface HeatMap {
  readonly rows: readonly { readonly first: number; readonly last: number }[];
  /** Row, bin, and how many writes. */
  readonly cells: readonly (readonly [row: number, bin: number, writes: number])[];
  /** Not all writes were looked at: pages that are rarely written may be missing. */
  readonly sampled: boolean;
}

/** Writes to a page in a bin. */
type Cell = readonly [page: number, bin: number, writes: number];

/** The writes of one trace. */
export class HeatChart {
  readonly #trace: Trace;
  readonly #width: number;
  /** By `page * BINS + bin`. */
  readonly #counts = new Map<number, number>();
  #next = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#width = Math.max(1, Math.ceil(trace.stepCount / BINS));
  }

  /** Whether the whole trace has been counted. */
  get isWhole(): boolean {
    return this.#next >= this.#trace.stepCount && this.#counts.size <= MOST_CELLS;
  }

  /** Counts some more steps; false when nothing is left to do. */
  prepare(): boolean {
    if (this.#next >= this.#trace.stepCount || this.#counts.size > MOST_CELLS) return false;
    for (const [page, bin, writes] of this.#read(0, this.#next, this.#next + BATCH, this.#width)) {
      const key = page * BINS + bin;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + writes);
    }
    this.#next += BATCH;
    return true;
  }

  /** The map of steps `from` to `to` in bins of `width` steps, with at most so many rows. */
  map(from: number, to: number, width: number, mostRows: number): HeatMap {
    if (to - from <= FEW_STEPS) return mapOf(this.#read(from, from, to, width), mostRows, false);
    if (this.isWhole) return mapOf(this.#counted(from, to, width), mostRows, false);
    return mapOf(this.#sample(from, to, width), mostRows, true);
  }

  #read(origin: number, from: number, to: number, width: number): Cell[] {
    const { rows } = this.#trace.query(
      `SELECT gpa >> ${PAGE_SHIFT}, (step - ${origin}) / ${width}, count(*) FROM memory_write
       WHERE step >= ${from} AND step < ${to} GROUP BY 1, 2`,
    );
    return Array.from(rows, ([page, bin, count]) => [Number(page), Number(bin), Number(count)]);
  }

  /** Each of the bins that were counted goes to the bins of the picture that it overlaps. */
  *#counted(from: number, to: number, width: number): Generator<Cell> {
    for (const [key, writes] of this.#counts) {
      const bin = key % BINS;
      const start = Math.max(from, bin * this.#width);
      const end = Math.min(to, (bin + 1) * this.#width);
      for (let at = start; at < end;) {
        const shown = Math.floor((at - from) / width);
        const next = Math.min(end, from + (shown + 1) * width);
        yield [Math.floor(key / BINS), shown, Math.ceil((writes * (next - at)) / this.#width)];
        at = next;
      }
    }
  }

  *#sample(from: number, to: number, width: number): Generator<Cell> {
    for (let bin = 0; from + bin * width < to; bin++) {
      const start = from + bin * width;
      const { rows } = this.#trace.query(
        `SELECT gpa >> ${PAGE_SHIFT}, count(*) FROM (SELECT gpa FROM memory_write
         WHERE step >= ${start} AND step < ${start + width} ORDER BY step LIMIT ${SAMPLE}) GROUP BY 1`,
      );
      for (const [page, count] of [...rows]) yield [Number(page), bin, Number(count)];
    }
  }
}

/** Neighbouring pages share a row where there are more pages than rows. */
function mapOf(found: Iterable<Cell>, mostRows: number, sampled: boolean): HeatMap {
  const cells = [...found];
  const pages = [...new Set(cells.map(([page]) => page))].sort((a, b) => a - b);
  const perRow = Math.max(1, Math.ceil(pages.length / mostRows));
  const rowOf = new Map(pages.map((page, i) => [page, Math.floor(i / perRow)]));
  const rows = Array.from({ length: Math.ceil(pages.length / perRow) }, (_, row) => {
    const own = pages.slice(row * perRow, (row + 1) * perRow);
    return { first: own[0]!, last: own.at(-1)! };
  });
  const sums = new Map<string, [number, number, number]>();
  for (const [page, bin, writes] of cells) {
    const row = rowOf.get(page)!;
    const key = `${row} ${bin}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, [row, bin, writes]);
    else sum[2] += writes;
  }
  return { rows, cells: [...sums.values()], sampled };
}
