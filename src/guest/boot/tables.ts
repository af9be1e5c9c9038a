import { PAGE_BYTES } from '../../base/page.js';
import type { GuestMode } from '../mode.js';
import { BOOT_TABLES_GPA, BOOT_TABLES_SIZE } from '../memory-map.js';
import {
  BUSY_TSS,
  CODE16,
  CODE32,
  CODE64,
  DATA16,
  DATA32,
  encodeDescriptor,
  type SegmentDescriptor,
} from './segments.js';

/** Offsets in the boot tables; each table has pages of its own. */
const Offset = { pdpt: 0x1000, pageDirectories: 0x2000, gdt: 0x6000, tss: 0x7000 } as const;

const ENTRIES = 512;

/** Present, writable, accessed; for the 2 MiB pages also dirty: the CPU has no bit left to set. */
const TABLE_FLAGS = 0x23n;
const LARGE_PAGE_FLAGS = 0xe3n;

/** Offset of the I/O map base in a TSS, 32-bit and 64-bit alike; beyond its limit there is none. */
const IO_MAP_BASE = 0x66;
const TSS_LIMIT = 0x67;

/** Guest-physical address of the top page table: what CR3 gets. */
export const PAGE_TABLES_GPA = BOOT_TABLES_GPA;
/** Guest-physical address of the boot GDT. */
export const GDT_GPA = BOOT_TABLES_GPA + Offset.gdt;

/** Selectors in the boot GDT. */
export const SELECTOR = {
  code: 0x08,
  data: 0x10,
  code32: 0x18,
  data32: 0x20,
  code16: 0x28,
  data16: 0x30,
  tss: 0x38,
} as const;

/** The TSS that TR holds. Zero but for its I/O map base: no stack of a more privileged level. */
export const TSS_DESCRIPTOR: SegmentDescriptor = {
  base: BOOT_TABLES_GPA + Offset.tss,
  limit: TSS_LIMIT,
  type: BUSY_TSS,
  ...{ s: 0, l: 0, db: 0, g: 0 },
};

/** What each selector of SELECTOR stands for. */
export function descriptors(mode: 'protected' | 'long'): readonly SegmentDescriptor[] {
  const code = mode === 'long' ? CODE64 : CODE32;
  return [code, DATA32, CODE32, DATA32, CODE16, DATA16, TSS_DESCRIPTOR];
}

/** The last byte of the GDT; in long mode the TSS descriptor is twice as long. */
export function gdtLimit(mode: 'protected' | 'long'): number {
  return SELECTOR.tss + (mode === 'long' ? 16 : 8) - 1;
}

function writeGdt(view: DataView, mode: 'protected' | 'long'): void {
  for (const [index, descriptor] of descriptors(mode).entries()) {
    view.setBigUint64(Offset.gdt + 8 * (index + 1), encodeDescriptor(descriptor), true);
  }
  // Bits 63:32 of the 64-bit TSS's base stay 0: the tables lie below 4 GiB.
}

/** Identity map of the first 4 GiB in 2 MiB pages (SDM volume 3A, 4.5). */
function writePageTables(view: DataView): void {
  view.setBigUint64(0, BigInt(BOOT_TABLES_GPA + Offset.pdpt) | TABLE_FLAGS, true);
  for (let gigabyte = 0; gigabyte < 4; gigabyte++) {
    const directory = Offset.pageDirectories + gigabyte * PAGE_BYTES;
    view.setBigUint64(
      Offset.pdpt + 8 * gigabyte,
      BigInt(BOOT_TABLES_GPA + directory) | TABLE_FLAGS,
      true,
    );
    for (let page = 0; page < ENTRIES; page++) {
      const gpa = BigInt(gigabyte * ENTRIES + page) << 21n;
      view.setBigUint64(directory + 8 * page, gpa | LARGE_PAGE_FLAGS, true);
    }
  }
}

/**
 * The contents of the boot tables slot (BOOT_TABLES_SIZE bytes for BOOT_TABLES_GPA): page tables
 * in long mode, GDT and TSS in both. Undefined in real mode, which has no such slot.
 */
export function bootTables(mode: GuestMode): Uint8Array | undefined {
  if (mode === 'real') return undefined;
  const bytes = new Uint8Array(BOOT_TABLES_SIZE);
  const view = new DataView(bytes.buffer);
  if (mode === 'long') writePageTables(view);
  writeGdt(view, mode);
  view.setUint16(Offset.tss + IO_MAP_BASE, TSS_LIMIT + 1, true);
  return bytes;
}
