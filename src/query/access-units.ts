/** Where the accesses to a range of memory are filed: units of the table access_run. */
import { PAGE_BYTES } from '../base/page.js';
import { LINE_BYTES } from '../derive/access-runs.js';
import type { UnitFilter, UnitRange } from '../trace/read/access-runs.js';
import type { PhysicalRange } from './last-writes.js';

/** Only accesses whose `reads` and `writes` are as given here. */
export interface AccessFilter {
  readonly reads?: boolean | undefined;
  readonly writes?: boolean | undefined;
}

const PIECE_BYTES = PAGE_BYTES / 64;
/** No access reaches so far from the start of its unit: what the masks say is all. */
const NEVER = PAGE_BYTES + 1;

/** The lines that accesses to a range begin in, and the one before, from which they may reach in. */
function lines({ gpa, length }: PhysicalRange): { before: boolean; first: number; last: number } {
  const first = Math.floor(gpa / LINE_BYTES);
  // An access may reach out of the line that it begins in, but not out of the page.
  const before = first % (PAGE_BYTES / LINE_BYTES) !== 0;
  return { before, first, last: Math.floor((gpa + Math.max(length, 1) - 1) / LINE_BYTES) };
}

function pages({ gpa, length }: PhysicalRange): { first: number; last: number } {
  const last = gpa + Math.max(length, 1) - 1;
  return { first: Math.floor(gpa / PAGE_BYTES), last: Math.floor(last / PAGE_BYTES) };
}

/** How many units a range has accesses in. */
export function unitCount(range: PhysicalRange): number {
  const { first, last } = lines(range);
  return last - first + 1;
}

/** The units of a range, and which bytes of each. */
export function unitFilters(range: PhysicalRange, filter: AccessFilter): UnitFilter[] {
  const filters: UnitFilter[] = [];
  const add = (unit: number, start: number, pieceBytes: number): void => {
    const mask = maskOf(range, start, pieceBytes);
    filters.push({ unit, ...usesOf(filter, mask), reach: NEVER });
  };
  const { before, first, last } = lines(range);
  if (before) {
    const reach = range.gpa - (first - 1) * LINE_BYTES;
    filters.push({ unit: first - 1, read: 0n, write: 0n, reach });
  }
  for (let line = first; line <= last; line++) add(line, line * LINE_BYTES, 1);
  const found = pages(range);
  for (let page = found.first; page <= found.last; page++) {
    add(-1 - page, page * PAGE_BYTES, PIECE_BYTES);
  }
  return filters;
}

/** The units of a range: lines, then pages. */
export function unitRanges(range: PhysicalRange, filter: AccessFilter): UnitRange[] {
  const uses = usesOf(filter, -1n);
  const { before, first, last } = lines(range);
  const found = pages(range);
  return [
    { first: before ? first - 1 : first, last, ...uses },
    { first: -1 - found.last, last: -1 - found.first, ...uses },
  ];
}

/** The pieces, of 64 from `start` on, that a range has bytes of: two's complement. */
function maskOf({ gpa, length }: PhysicalRange, start: number, pieceBytes: number): bigint {
  const from = Math.max(0, Math.floor((gpa - start) / pieceBytes));
  const end = gpa + Math.max(length, 1) - start;
  const to = Math.min(64, Math.ceil(end / pieceBytes));
  return BigInt.asIntN(64, ((1n << BigInt(to - from)) - 1n) << BigInt(from));
}

/** What rows have to read or write for one of their accesses to pass. */
function usesOf({ reads, writes }: AccessFilter, mask: bigint): { read: bigint; write: bigint } {
  const byWrite = writes === true || reads === false;
  const byRead = !byWrite && (reads === true || writes === false);
  return { read: byWrite ? 0n : mask, write: byRead ? 0n : mask };
}
