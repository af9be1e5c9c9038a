/** Boot sectors, and disks that begin with one: entered at 0:7c00 with a BIOS below. */
import { inputError } from '../../base/errors.js';
import { option } from '../../base/option-names.js';
import { sha256 } from '../../base/sha256.js';
import { hasAt } from '../formats/bytes.js';
import type { GuestFormat } from '../formats/format.js';
import { BDA_GPA, biosDataArea } from '../boot/bios-data-area.js';
import { DEFAULT_MEMORY_SIZE, memoryLayout } from '../memory-map.js';
import type { BiosSetup } from './bios.js';
import { Disk, SECTOR_BYTES } from './disk.js';
import { biosCode, BIOS_SEGMENT, STUBS_OFFSET, vectorTable } from './thunk.js';

const BOOT_ADDRESS = 0x7c00;
/** The stubs end below 1 MiB. */
const LEAST_MEMORY = 1024 ** 2;

/** Boot sectors as a kind of guest file. */
export const bootFormat: GuestFormat = {
  name: 'boot',
  matches: (bytes) => hasAt(bytes, SECTOR_BYTES - 2, [0x55, 0xaa]) && !isOptionRom(bytes),
  load({ title, bytes: file }, options) {
    const bytes = wholeSector(file);
    if (options.mode !== undefined && options.mode !== 'real') {
      throw inputError(
        `${title} is a boot sector, which starts in real mode: leave ${option('mode')} out.`,
      );
    }
    for (const name of ['load', 'entry'] as const) {
      if (options[name] === undefined) continue;
      throw inputError(
        `${title} is a boot sector, which goes to 0x7c00: leave ${option(name)} out, or give ${option('format', 'flat')}.`,
      );
    }
    const layout = memoryLayout(options.memory ?? DEFAULT_MEMORY_SIZE, 'real');
    if (layout.memorySize < LEAST_MEMORY) {
      throw inputError(
        `${option('memory')} is too little for a boot sector and its BIOS: give 1M or more.`,
      );
    }
    const disk = new Disk(bytes);
    const sector = bytes.subarray(0, SECTOR_BYTES);
    const code = biosCode();
    const place = (gpa: number, data: Uint8Array) => ({ gpa, data, memorySize: data.length });
    return {
      image: {
        format: 'boot',
        mode: 'real',
        segments: [
          place(0, vectorTable()),
          place(BDA_GPA, biosDataArea(disk.number === 0 ? 0 : 1)),
          place(BOOT_ADDRESS, sector),
          place(BIOS_SEGMENT * 16 + STUBS_OFFSET, code),
        ],
        entry: BigInt(BOOT_ADDRESS),
        symbols: [],
        sha256: sha256(file),
        registers: { rdx: BigInt(disk.number) },
        bios: { layout, disk: bytes },
      },
      layout,
    };
  },
};

/** Code of a boot record comes without its end, too (mbr.bin of SYSLINUX has 440 bytes): filled up as on a disk. */
function wholeSector(file: Uint8Array): Uint8Array {
  if (file.length >= SECTOR_BYTES) return file;
  const sector = new Uint8Array(SECTOR_BYTES);
  sector.set(file);
  sector.set([0x55, 0xaa], SECTOR_BYTES - 2);
  return sector;
}

/** What a fork needs, from the guest's file. */
export function biosSetup(bytes: Uint8Array, memorySize: number): BiosSetup {
  return { layout: memoryLayout(memorySize, 'real'), disk: wholeSector(bytes) };
}

/** 55 AA at the beginning, too: a ROM is called by a BIOS, not booted. */
function isOptionRom(bytes: Uint8Array): boolean {
  const units = bytes[2] ?? 0;
  return hasAt(bytes, 0, [0x55, 0xaa]) && units > 0 && units * SECTOR_BYTES <= bytes.length;
}
