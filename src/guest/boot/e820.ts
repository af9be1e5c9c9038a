/** The guest's memory as firmware tells it: the ranges of BIOS call INT 15h, AX=E820h (ACPI 6.5, 15.1). */
import {
  BOOT_TABLES_GPA,
  BOOT_TABLES_SIZE,
  HIGH_RAM_GPA,
  type MemoryLayout,
} from '../memory-map.js';

/** Types of ranges (ACPI 6.5, table 15.4). */
export const RangeType = { usable: 1, reserved: 2 } as const;

/** A range of guest-physical memory; `size` in bytes. */
export interface E820Range {
  readonly gpa: number;
  readonly size: number;
  readonly type: number;
}

/** The extended BIOS data area begins here, and with it what is not the guest's below 1 MiB. */
export const LOW_MEMORY_END = 0x9_fc00;
/** 1 MiB, where memory goes on above what the BIOS and video memory take. */
export const HIGH_MEMORY = 0x10_0000;

/** All of the guest's memory, in order; the boot tables are reserved. */
export function e820(layout: MemoryLayout): E820Range[] {
  const ranges: E820Range[] = [];
  const add = (gpa: number, end: number, type: number): void => {
    if (end > gpa) ranges.push({ gpa, size: end - gpa, type });
  };
  const [low, ...others] = layout.slots.filter(({ kind }) => kind === 'ram');
  const lowEnd = low!.gpa + low!.size;
  add(0, Math.min(LOW_MEMORY_END, lowEnd), RangeType.usable);
  add(LOW_MEMORY_END, Math.min(HIGH_MEMORY, lowEnd), RangeType.reserved);
  add(HIGH_MEMORY, lowEnd, RangeType.usable);
  add(BOOT_TABLES_GPA, BOOT_TABLES_GPA + BOOT_TABLES_SIZE, RangeType.reserved);
  for (const { gpa, size } of others) {
    if (gpa >= HIGH_RAM_GPA) add(gpa, gpa + size, RangeType.usable);
  }
  return ranges;
}
