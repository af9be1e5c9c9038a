/**
 * Memory accesses packed for the file: those that begin in the same 64 bytes of physical memory
 * (string instructions and other long ones: in the same page), some 128 to a row, each a number in a
 * JSON array. A row of its own for each access would take twice the room and three times the time;
 * this way stock SQLite still reads them, through the view memory_access.
 *
 * A number has, from the low bits up: 4 bits of kind, the size (7 bits; 13 of a long access), the
 * offset from the start of the 64 bytes or the page (6 or 12 bits), and the step less the row's first
 * step.
 */
import type { DerivedSink } from './sink.js';

/** Bits of an access's kind. */
export const AccessKind = {
  read: 1,
  write: 2,
  /** The write left every byte as it was. */
  silent: 4,
  /** By no operand: exception frames, Accessed and Dirty bits, XSAVE. */
  implied: 8,
} as const;

export const LINE_BYTES = 64;
export const PAGE_BYTES = 4096;
/** Places of the fields. */
export const SIZE_SHIFT = 4;
export const LINE_OFFSET_SHIFT = 11;
export const LINE_STEP_SHIFT = 17;
export const PAGE_OFFSET_SHIFT = 17;
export const PAGE_STEP_SHIFT = 29;

const RUN_LENGTH = 128;
/** Steps of one row lie within these, so that the numbers stay below 2^53. */
const MAX_SPAN_STEPS = 2 ** 23;
/** Rows that are being filled: a bound on memory. */
const MAX_OPEN_RUNS = 100_000;

interface Run {
  first: number;
  last: number;
  accesses: number[];
}

export class AccessRuns {
  readonly #sink: DerivedSink;
  readonly #open = new Map<number, Run>();

  constructor(sink: DerivedSink) {
    this.#sink = sink;
  }

  /** An access of 1 to 64 bytes. */
  add(step: number, gpa: number, size: number, kind: number): void {
    const offset = gpa % LINE_BYTES;
    const run = this.#run((gpa - offset) / LINE_BYTES, step);
    run.accesses.push(
      (step - run.first) * 2 ** LINE_STEP_SHIFT +
        ((offset << LINE_OFFSET_SHIFT) | (size << SIZE_SHIFT) | kind),
    );
  }

  /** An access of up to 4096 bytes that does not cross a page. */
  addLong(step: number, gpa: number, size: number, kind: number): void {
    const offset = gpa % PAGE_BYTES;
    const run = this.#run(-1 - (gpa - offset) / PAGE_BYTES, step);
    run.accesses.push(
      (step - run.first) * 2 ** PAGE_STEP_SHIFT +
        ((offset << PAGE_OFFSET_SHIFT) | (size << SIZE_SHIFT) | kind),
    );
  }

  finish(): void {
    const units = [...this.#open.keys()].sort((a, b) => a - b);
    for (const unit of units) this.#write(unit, this.#open.get(unit)!);
    this.#open.clear();
  }

  #run(unit: number, step: number): Run {
    let run = this.#open.get(unit);
    if (run === undefined) {
      if (this.#open.size >= MAX_OPEN_RUNS) this.finish();
      run = { first: step, last: step, accesses: [] };
      this.#open.set(unit, run);
    } else if (run.accesses.length >= RUN_LENGTH || step - run.first >= MAX_SPAN_STEPS) {
      this.#write(unit, run);
      run.first = step;
      run.accesses = [];
    }
    run.last = step;
    return run;
  }

  #write(unit: number, run: Run): void {
    this.#sink.accessRun(unit, run.first, run.last, `[${run.accesses.join()}]`);
  }
}
