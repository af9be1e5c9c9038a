import { hex } from '../../base/number-text.js';
import { inputError } from '../../base/errors.js';
import { option } from '../../base/option-names.js';
import {
  BOOT_TABLES_GPA,
  BOOT_TABLES_SIZE,
  type MemoryLayout,
  type MemorySlot,
} from '../memory-map.js';
import type { GuestSegment } from './image.js';
import { formatSize } from '../../base/sizes.js';

/** A range of guest-physical memory that something wants. */
export interface Placement {
  /** For messages: `segment 1`, `the image`. */
  readonly what: string;
  readonly gpa: bigint;
  readonly size: bigint;
}

const range = ({ gpa, size }: Placement): string => `${hex(gpa)}-${hex(gpa + size - 1n)}`;

function holds(slot: MemorySlot, { gpa, size }: Placement): boolean {
  return gpa >= BigInt(slot.gpa) && gpa + size <= BigInt(slot.gpa + slot.size);
}

/**
 * Throws a KvmtraceError, starting with `guest`, unless the whole placement lies in one range of
 * the guest's RAM. `remedy` says how to move it.
 */
export function checkInRam(
  guest: string,
  placement: Placement,
  layout: MemoryLayout,
  remedy: string,
): void {
  if (layout.slots.some((slot) => slot.kind === 'ram' && holds(slot, placement))) return;
  const { what, gpa, size } = placement;
  const tablesEnd = BigInt(BOOT_TABLES_GPA + BOOT_TABLES_SIZE);
  if (gpa < tablesEnd && gpa + size > BigInt(BOOT_TABLES_GPA)) {
    throw inputError(
      `${guest}: ${what} at ${range(placement)} overlaps the boot tables at ${hex(BOOT_TABLES_GPA)}-${hex(tablesEnd - 1n)}: ${remedy}.`,
    );
  }
  throw inputError(
    `${guest}: ${what} at ${range(placement)} is not inside the guest's ${formatSize(layout.memorySize)} of memory: give more with ${option('memory')}, or ${remedy}.`,
  );
}

/** Throws a KvmtraceError when two placements share a byte. */
export function checkApart(guest: string, placements: readonly Placement[]): void {
  const sorted = [...placements].sort((a, b) => (a.gpa < b.gpa ? -1 : a.gpa > b.gpa ? 1 : 0));
  for (const [index, next] of sorted.entries()) {
    const previous = sorted[index - 1];
    if (previous && previous.gpa + previous.size > next.gpa) {
      throw inputError(
        `${guest}: ${previous.what} at ${range(previous)} overlaps ${next.what} at ${range(next)}: link them apart.`,
      );
    }
  }
}

/** Whether the byte at `address` comes from one of the segments' data. */
export function inSegmentData(address: bigint, segments: readonly GuestSegment[]): boolean {
  return segments.some(
    ({ gpa, data }) => address >= BigInt(gpa) && address < BigInt(gpa + data.length),
  );
}
