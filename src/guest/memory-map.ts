import { PAGE_BYTES } from '../base/page.js';
import { totalmem } from 'node:os';
import { inputError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import type { GuestMode } from './mode.js';
import { formatSize } from '../base/sizes.js';

const GIB = 1024 ** 3;

/** RAM below the hole that firmware, APICs and devices occupy on a PC; the rest starts at 4 GiB. */
export const LOW_RAM_LIMIT = 3 * GIB;
/** 4 GiB, where RAM goes on that has no room below the hole of devices. */
export const HIGH_RAM_GPA = 4 * GIB;

/** Page tables, GDT and TSS of protected and long mode: where PageTableBase of src/tracee lies too. */
export const BOOT_TABLES_GPA = 0xffff0000;
/** Bytes that are kept for the boot tables. */
export const BOOT_TABLES_SIZE = 0x10000;

/** A ROM ends here, where the processor starts after a reset: 16 bytes before 4 GiB. */
export const ROM_END = 4 * GIB;
/** The largest ROM: below it lie the APIC and what VMX needs for real mode. */
export const MAX_ROM_SIZE = 16 * 1024 ** 2;

/** An ArrayBuffer ends at 4 GiB: larger RAM is several slots. */
const MAX_SLOT_SIZE = 3 * GIB;
/** Boot tables or a ROM: what lies at the end of 4 GiB. */
const TOP_SLOT = 2;

/** RAM of a guest in bytes, unless `--memory` says otherwise. */
export const DEFAULT_MEMORY_SIZE = 64 * 1024 ** 2;
/** The most RAM that a guest can have, in bytes. */
export const MAX_MEMORY_SIZE = 64 * GIB;

/** KVM memory slot: guest-physical [gpa, gpa + size). */
export interface MemorySlot {
  readonly slot: number;
  readonly gpa: number;
  readonly size: number;
  /** The guest cannot write to a `rom`. */
  readonly kind: 'ram' | 'boot-tables' | 'rom';
}

/** The guest's memory. Slot 0 is RAM at 0, slots 1 and 3 on RAM from 4 GiB on, slot 2 the tables or the ROM. */
export interface MemoryLayout {
  /** All of the RAM, in bytes: what --memory says. */
  readonly memorySize: number;
  readonly slots: readonly MemorySlot[];
}

/** The least memory of each mode; real mode needs what its default load address needs. */
function minimumMemory(mode: GuestMode): number {
  return mode === 'real' ? 64 * 1024 : 1024 ** 2;
}

/** Throws a KvmtraceError unless `memorySize` is a number of pages that guest and host can have. */
function checkMemorySize(memorySize: number, mode: GuestMode, hostMemory: number): void {
  const minimum = minimumMemory(mode);
  const given = `${option('memory')} ${Number.isSafeInteger(memorySize) ? formatSize(memorySize) : memorySize}`;
  if (Number.isNaN(memorySize) || memorySize < minimum) {
    throw inputError(
      `${given} is too little for a guest in ${mode} mode: give ${formatSize(minimum)} or more.`,
    );
  }
  if (memorySize % PAGE_BYTES !== 0 && memorySize < MAX_MEMORY_SIZE) {
    throw inputError(`${given} is not a whole number of 4096-byte pages: give a size such as 16M.`);
  }
  if (memorySize > MAX_MEMORY_SIZE) {
    throw inputError(
      `${given} is more than the ${formatSize(MAX_MEMORY_SIZE)} that kvmtrace supports: give less.`,
    );
  }
  if (memorySize > hostMemory) {
    throw inputError(
      `${given} is more than the ${Math.floor(hostMemory / 1024 ** 2)}M of this machine: give less.`,
    );
  }
}

/**
 * Where a guest with `memorySize` bytes of RAM has its memory. Throws a KvmtraceError when the
 * size is absurd: less than 64K in real mode or 1M otherwise, not a whole number of pages, more
 * than 64G, or more than the host has.
 */
export function memoryLayout(
  memorySize: number,
  mode: GuestMode,
  hostMemory = totalmem(),
): MemoryLayout {
  checkMemorySize(memorySize, mode, hostMemory);
  const lowSize = Math.min(memorySize, LOW_RAM_LIMIT);
  const slots: MemorySlot[] = [{ slot: 0, gpa: 0, size: lowSize, kind: 'ram' }];
  let highSlot = 1;
  for (let done = lowSize; done < memorySize; done += MAX_SLOT_SIZE) {
    const size = Math.min(MAX_SLOT_SIZE, memorySize - done);
    slots.push({ slot: highSlot, gpa: HIGH_RAM_GPA + done - lowSize, size, kind: 'ram' });
    highSlot = highSlot === 1 ? TOP_SLOT + 1 : highSlot + 1;
  }
  if (mode !== 'real') {
    slots.push({
      slot: TOP_SLOT,
      gpa: BOOT_TABLES_GPA,
      size: BOOT_TABLES_SIZE,
      kind: 'boot-tables',
    });
  }
  return { memorySize, slots };
}

/**
 * Where a guest has its memory that starts in a ROM of `romSize` bytes (whole pages, up to MAX_ROM_SIZE).
 * Throws a KvmtraceError as `memoryLayout` does.
 */
export function romLayout(memorySize: number, romSize: number): MemoryLayout {
  const { slots } = memoryLayout(memorySize, 'real');
  const rom = { slot: TOP_SLOT, gpa: ROM_END - romSize, size: romSize, kind: 'rom' } as const;
  return { memorySize, slots: [...slots, rom] };
}

/** Size of slot 0: the RAM that starts at 0. */
export function lowRamSize(layout: MemoryLayout): number {
  return layout.slots[0]!.size;
}
