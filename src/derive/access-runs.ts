/**
 * Memory accesses packed for the file: those that begin in the same 64 bytes of physical memory
 * (string instructions and other long ones: in the same page), some 128 to a row, each a number in a
 * JSON array. A row of its own for each access would take twice the room and three times the time;
 * this way stock SQLite still reads them, through the view memory_access.
 *
 * A number has, from the low bits up: 4 bits of kind, the size (7 bits; 13 of a long access), the
 * offset from the start of the 64 bytes or the page (6 or 12 bits), and the step less the row's first
 * step.
 *
 * Beside them a row says which of the 64 bytes (of a page: which 64 pieces of 64 bytes) its accesses
 * read and write, and how far they reach: most rows need not be unpacked to answer a question.
 */
import { PAGE_BYTES } from '../base/page.js';
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

/** Bytes of physical memory whose accesses share a row. */
export const LINE_BYTES = 64;
/** Places of the fields. */
export const SIZE_SHIFT = 4;
/** Bit at which the offset in the line stands, in a number of a line's row. */
export const LINE_OFFSET_SHIFT = 11;
/**
 * Bit from which on the step stands, counted from the row's first one, in a number of a line's
 * row.
 */
export const LINE_STEP_SHIFT = 17;
/** Bit at which the offset in the page stands, in a number of a page's row. */
export const PAGE_OFFSET_SHIFT = 17;
/**
 * Bit from which on the step stands, counted from the row's first one, in a number of a page's
 * row.
 */
export const PAGE_STEP_SHIFT = 29;

const RUN_LENGTH = 128;
/** Steps of one row lie within these, so that the numbers stay below 2^53. */
const MAX_SPAN_STEPS = 2 ** 23;
/** Rows that are being filled: a bound on memory. */
const MAX_OPEN_RUNS = 100_000;
const PIECE_SHIFT = 6;

interface Run {
  first: number;
  last: number;
  /** Low and high words of the masks. */
  readLow: number;
  readHigh: number;
  writeLow: number;
  writeHigh: number;
  reach: number;
  accesses: number[];
}

/** Collects accesses into rows and hands each row to the sink when it is full. */
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
    const end = offset + size;
    if (end > run.reach) run.reach = end;
    mark(run, kind, offset, end < LINE_BYTES ? end : LINE_BYTES);
    run.accesses.push(
      (step - run.first) * 2 ** LINE_STEP_SHIFT +
        ((offset << LINE_OFFSET_SHIFT) | (size << SIZE_SHIFT) | kind),
    );
  }

  /** An access of up to 4096 bytes that does not cross a page. */
  addLong(step: number, gpa: number, size: number, kind: number): void {
    const offset = gpa % PAGE_BYTES;
    const run = this.#run(-1 - (gpa - offset) / PAGE_BYTES, step);
    const end = offset + size;
    if (end > run.reach) run.reach = end;
    mark(run, kind, offset >> PIECE_SHIFT, ((end - 1) >> PIECE_SHIFT) + 1);
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
      run = {
        first: step,
        last: step,
        readLow: 0,
        readHigh: 0,
        writeLow: 0,
        writeHigh: 0,
        reach: 0,
        accesses: [],
      };
      this.#open.set(unit, run);
    } else if (run.accesses.length >= RUN_LENGTH || step - run.first >= MAX_SPAN_STEPS) {
      this.#write(unit, run);
      run.first = step;
      run.reach = run.readLow = run.readHigh = run.writeLow = run.writeHigh = 0;
      run.accesses = [];
    }
    run.last = step;
    return run;
  }

  #write(unit: number, run: Run): void {
    this.#sink.accessRun({
      unit,
      firstStep: run.first,
      lastStep: run.last,
      readBytes: signed(run.readLow, run.readHigh),
      writeBytes: signed(run.writeLow, run.writeHigh),
      reach: run.reach,
      accesses: `[${run.accesses.join()}]`,
    });
  }
}

/** Sets bits `from` up to, not including, `to` of the masks that the kind is about. */
function mark(run: Run, kind: number, from: number, to: number): void {
  const low = from < 32 ? bits(from, to < 32 ? to : 32) : 0;
  const high = to > 32 ? bits(from > 32 ? from - 32 : 0, to - 32) : 0;
  if ((kind & AccessKind.read) !== 0) {
    run.readLow |= low;
    run.readHigh |= high;
  }
  if ((kind & AccessKind.write) !== 0) {
    run.writeLow |= low;
    run.writeHigh |= high;
  }
}

/** Bits `from` up to, not including, `to`, at least one, of 32. */
function bits(from: number, to: number): number {
  return (-1 << from) & (-1 >>> (32 - to));
}

function signed(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}
