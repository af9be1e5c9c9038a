/** Who accessed a range of memory: reads, and writes that changed nothing, included. */
import {
  AccessKind,
  LINE_BYTES,
  LINE_OFFSET_SHIFT,
  LINE_STEP_SHIFT,
  PAGE_BYTES,
  PAGE_OFFSET_SHIFT,
  PAGE_STEP_SHIFT,
  SIZE_SHIFT,
} from '../derive/access-runs.js';
import type { AccessRun } from '../trace/reader/derived-reader.js';
import type { TraceFile } from '../trace/reader/trace-file.js';
import type { PhysicalRange } from './last-writes.js';

/** A step's access to contiguous guest-physical memory within a page. */
export interface MemoryAccess {
  readonly step: number;
  readonly gpa: number;
  /** In bytes. */
  readonly size: number;
  readonly reads: boolean;
  readonly writes: boolean;
  /** It wrote, and every byte was the same before. */
  readonly silent: boolean;
  /** By no operand of the instruction: an exception's frame, bits of page tables, XSAVE. */
  readonly implied: boolean;
}

/** The accesses to any byte of a range at steps `from` up to, not including, `to`; by step. */
export function accesses(
  file: TraceFile,
  range: PhysicalRange,
  from: number,
  to: number,
): MemoryAccess[] {
  return unitsOf(range)
    .flatMap(([first, last]) => file.derived.rows.runs(first, last, from, to))
    .flatMap(decode)
    .filter((each) => each.step >= from && each.step < to && touches(each, range))
    .sort((a, b) => a.step - b.step);
}

/** The newest access to a byte of a range at a step before `before`. */
export function lastAccess(
  file: TraceFile,
  range: PhysicalRange,
  before: number,
): MemoryAccess | undefined {
  const { rows } = file.derived;
  let newest: MemoryAccess | undefined;
  for (const unit of singleUnits(range)) {
    let run = rows.runBefore(unit, before);
    while (run !== undefined) {
      const found = decode(run).findLast((each) => each.step < before && touches(each, range));
      if (found !== undefined && (newest === undefined || found.step > newest.step)) newest = found;
      if (found !== undefined || run.firstStep <= (newest?.step ?? -1)) break;
      run = rows.runBefore(unit, run.firstStep);
    }
  }
  return newest;
}

/** The first access to a byte of a range at step `from` or later. */
export function nextAccess(
  file: TraceFile,
  range: PhysicalRange,
  from: number,
): MemoryAccess | undefined {
  const { rows } = file.derived;
  let first: MemoryAccess | undefined;
  for (const unit of singleUnits(range)) {
    // The run that begins before `from` may go on after it.
    let run = rows.runBefore(unit, from) ?? rows.runAfter(unit, from - 1);
    while (run !== undefined && run.firstStep < (first?.step ?? Infinity)) {
      const found = decode(run).find((each) => each.step >= from && touches(each, range));
      if (found !== undefined && (first === undefined || found.step < first.step)) first = found;
      if (found !== undefined) break;
      run = rows.runAfter(unit, run.firstStep);
    }
  }
  return first;
}

/** Ranges of units that accesses to a range may be filed under: lines, then pages. */
function unitsOf({ gpa, length }: PhysicalRange): readonly (readonly [number, number])[] {
  // An access may reach out of the line that it begins in, but not out of the page.
  const first = Math.max(Math.floor(gpa / PAGE_BYTES) * PAGE_BYTES, gpa - (LINE_BYTES - 1));
  const last = gpa + Math.max(length, 1) - 1;
  return [
    [Math.floor(first / LINE_BYTES), Math.floor(last / LINE_BYTES)],
    [-1 - Math.floor(last / PAGE_BYTES), -1 - Math.floor(gpa / PAGE_BYTES)],
  ];
}

function* singleUnits(range: PhysicalRange): Generator<number> {
  for (const [first, last] of unitsOf(range)) {
    for (let unit = first; unit <= last; unit++) yield unit;
  }
}

function touches(access: MemoryAccess, { gpa, length }: PhysicalRange): boolean {
  return access.gpa < gpa + length && access.gpa + access.size > gpa;
}

function decode({ unit, firstStep, accesses: packed }: AccessRun): MemoryAccess[] {
  const line = unit >= 0;
  const stepUnit = 2 ** (line ? LINE_STEP_SHIFT : PAGE_STEP_SHIFT);
  const offsetShift = line ? LINE_OFFSET_SHIFT : PAGE_OFFSET_SHIFT;
  const start = line ? unit * LINE_BYTES : (-1 - unit) * PAGE_BYTES;
  return packed.map((value) => {
    const rest = value % stepUnit;
    return {
      step: firstStep + Math.floor(value / stepUnit),
      gpa: start + (rest >>> offsetShift),
      size: (rest & ((1 << offsetShift) - 1)) >>> SIZE_SHIFT,
      reads: (rest & AccessKind.read) !== 0,
      writes: (rest & AccessKind.write) !== 0,
      silent: (rest & AccessKind.silent) !== 0,
      implied: (rest & AccessKind.implied) !== 0,
    };
  });
}
