import { PAGE_BYTES } from '../base/page.js';
import { MAX_WRITE_SIZE, type MemoryWrite } from '../trace/read/memory.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** A range of guest-physical memory of `length` bytes. */
export interface PhysicalRange {
  readonly gpa: number;
  readonly length: number;
}

/** Rows that start before the range and reach into it start here or later. */
function reachStart({ gpa }: PhysicalRange): number {
  return Math.max(gpa - (gpa % PAGE_BYTES), gpa - (MAX_WRITE_SIZE - 1));
}

/** The newest row at a step before `before` that covers a byte of the range. */
export function lastMemoryWrite(
  { memory }: TraceFile,
  range: PhysicalRange,
  before: number,
): MemoryWrite | undefined {
  return memory
    .newest(reachStart(range), range.gpa + range.length, before, range.gpa)
    .reduce<MemoryWrite | undefined>(
      (a, b) => (a !== undefined && a.step >= b.step ? a : b),
      undefined,
    );
}

/** The first row at step `from` or later that covers a byte of the range. */
export function nextMemoryWrite(
  { memory }: TraceFile,
  range: PhysicalRange,
  from: number,
): MemoryWrite | undefined {
  return memory
    .oldest(reachStart(range), range.gpa + range.length, from, range.gpa)
    .reduce<MemoryWrite | undefined>(
      (a, b) => (a !== undefined && a.step <= b.step ? a : b),
      undefined,
    );
}
