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

/** The newest step before `before` that changed one of the bits of a register; -1: none has. */
export function lastRegisterChange(
  { registers }: TraceFile,
  register: number,
  mask: bigint,
  before: number,
): number {
  const newest = registers.last(register, before);
  if (newest === undefined || newest.step < 0) return -1;
  const other = registers.lastOther(register, newest.step, mask, newest.value);
  // The row after it is the first that has the bits as they are; without one, the first of all.
  return registers.next(register, other === undefined ? -1 : other.step + 1)?.step ?? -1;
}
