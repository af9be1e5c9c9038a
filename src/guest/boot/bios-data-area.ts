/** The BIOS data area at 0x400, as much of it as boot sectors and kernels look at. */
import { HIGH_MEMORY, LOW_MEMORY_END } from './e820.js';

/** Where it lies. */
export const BDA_GPA = 0x400;
const BDA_BYTES = 0x100;
const KIB = 1024;

const OFFSET = {
  ...{ extendedArea: 0x0e, equipment: 0x10, memoryKib: 0x13, videoMode: 0x49, columns: 0x4a },
  ...{ lastRow: 0x84, hardDisks: 0x75 },
} as const;
/** A numeric coprocessor and 80 columns of colour. */
export const EQUIPMENT = 0x0022;
const TEXT_MODE = 3;

/** Memory below the extended BIOS data area, in KiB. */
export const MEMORY_KIB = LOW_MEMORY_END / KIB;

/** The area of a PC with so many hard disks. */
export function biosDataArea(hardDisks: number): Uint8Array {
  const area = Buffer.alloc(BDA_BYTES);
  area.writeUInt16LE(LOW_MEMORY_END >> 4, OFFSET.extendedArea);
  area.writeUInt16LE(EQUIPMENT, OFFSET.equipment);
  area.writeUInt16LE(MEMORY_KIB, OFFSET.memoryKib);
  area.writeUInt8(TEXT_MODE, OFFSET.videoMode);
  area.writeUInt16LE(80, OFFSET.columns);
  area.writeUInt8(24, OFFSET.lastRow);
  area.writeUInt8(hardDisks, OFFSET.hardDisks);
  return area;
}

/**
 * The area for a kernel that a boot loader started on a PC, which finds its low memory by it (xen); nothing
 * where the kernel itself is there, or there is no memory up to 1 MiB.
 */
export function biosDataAreaBeside(
  kernel: readonly { readonly gpa: number; readonly memorySize: number }[],
  memorySize: number,
): { readonly gpa: number; readonly data: Uint8Array; readonly memorySize: number }[] {
  const isTaken = kernel.some(
    ({ gpa, memorySize: size }) => gpa < BDA_GPA + BDA_BYTES && gpa + size > BDA_GPA,
  );
  if (isTaken || memorySize < HIGH_MEMORY) return [];
  return [{ gpa: BDA_GPA, data: biosDataArea(0), memorySize: BDA_BYTES }];
}
