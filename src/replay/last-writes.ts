import { MAX_WRITE_SIZE, PAGE_SIZE, type MemoryWrite } from '../trace/reader/memory.js';
import type { TraceFile } from '../trace/reader/trace-file.js';

/** A range of guest-physical memory of `length` bytes. */
export interface PhysicalRange {
  readonly gpa: number;
  readonly length: number;
}

/** Rows that start before the range and reach into it start here or later. */
function reachStart({ gpa }: PhysicalRange): number {
  return Math.max(gpa - (gpa % PAGE_SIZE), gpa - (MAX_WRITE_SIZE - 1));
}

/** The newest row at a step before `before` that covers a byte of the range. */
export function lastMemoryWrite(
  { memory }: TraceFile,
  range: PhysicalRange,
  before: number,
): MemoryWrite | undefined {
  let best: MemoryWrite | undefined;
  for (const row of memory.newest(range.gpa, range.gpa + range.length, before)) {
    if (best === undefined || row.step > best.step) best = row;
  }
  for (const row of memory.newest(reachStart(range), range.gpa, before)) {
    const after = best?.step ?? -2;
    if (row.step <= after) continue;
    const gap = range.gpa - row.gpa;
    best = (row.size > gap ? row : memory.lastWider(row.gpa, after, row.step, gap)) ?? best;
  }
  return best;
}

/** The first row at step `from` or later that covers a byte of the range. */
export function nextMemoryWrite(
  { memory }: TraceFile,
  range: PhysicalRange,
  from: number,
): MemoryWrite | undefined {
  let best: MemoryWrite | undefined;
  for (const row of memory.oldest(range.gpa, range.gpa + range.length, from)) {
    if (best === undefined || row.step < best.step) best = row;
  }
  for (const row of memory.oldest(reachStart(range), range.gpa, from)) {
    const until = best?.step ?? Number.MAX_SAFE_INTEGER;
    if (row.step >= until) continue;
    const gap = range.gpa - row.gpa;
    best = (row.size > gap ? row : memory.nextWider(row.gpa, row.step, until, gap)) ?? best;
  }
  return best;
}
