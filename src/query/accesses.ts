/** Who accessed a range of memory: reads, and writes that changed nothing, included. */
import { PAGE_BYTES } from '../base/page.js';
import {
  AccessKind,
  LINE_BYTES,
  LINE_OFFSET_SHIFT,
  LINE_STEP_SHIFT,
  PAGE_OFFSET_SHIFT,
  PAGE_STEP_SHIFT,
  SIZE_SHIFT,
} from '../derive/access-runs.js';
import type { AccessRun } from '../trace/read/access-runs.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { unitRanges, type AccessFilter } from './access-units.js';
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

/** The accesses to any byte of a range at steps `from` up to, not including, `to`, in order. */
export function accesses(
  file: TraceFile,
  range: PhysicalRange,
  from: number,
  to: number,
  filter: AccessFilter = {},
): MemoryAccess[] {
  const { runs } = file.derived;
  return unitRanges(range, filter)
    .flatMap(({ first, last }) => runs.between(first, last, from, to))
    .flatMap((run) => {
      const layout = layoutOf(run);
      return runs.unpack(run).map((value) => accessOf(layout, value));
    })
    .filter((each) => each.step >= from && each.step < to && passes(each, range, filter))
    .sort(inOrder);
}

/** Order of accesses: by step, then by address. */
export function inOrder(a: MemoryAccess, b: MemoryAccess): number {
  return a.step - b.step || a.gpa - b.gpa || a.size - b.size;
}

/** Whether an access touches the range and is of the kind that the filter wants. */
export function passes(
  access: MemoryAccess,
  { gpa, length }: PhysicalRange,
  { reads, writes }: AccessFilter,
): boolean {
  return (
    access.gpa < gpa + length &&
    access.gpa + access.size > gpa &&
    (reads === undefined || access.reads === reads) &&
    (writes === undefined || access.writes === writes)
  );
}

/** How the numbers of a row are to be taken apart. */
export interface RunLayout {
  readonly firstStep: number;
  readonly start: number;
  /** Of one step. */
  readonly stepUnit: number;
  readonly offsetShift: number;
}

/** How the numbers of a row of access_run are packed, by its unit. */
export function layoutOf({ unit, firstStep }: Pick<AccessRun, 'unit' | 'firstStep'>): RunLayout {
  const line = unit >= 0;
  return {
    firstStep,
    start: line ? unit * LINE_BYTES : (-1 - unit) * PAGE_BYTES,
    stepUnit: 2 ** (line ? LINE_STEP_SHIFT : PAGE_STEP_SHIFT),
    offsetShift: line ? LINE_OFFSET_SHIFT : PAGE_OFFSET_SHIFT,
  };
}

/** The access that a number of a row of access_run stands for. */
export function accessOf(
  { firstStep, start, stepUnit, offsetShift }: RunLayout,
  value: number,
): MemoryAccess {
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
}
