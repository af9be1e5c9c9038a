/** Firmware: a ROM that ends at 4 GiB, where the processor starts after a reset. */
import { PAGE_BYTES } from '../../base/page.js';
import { inputError } from '../../base/errors.js';
import { option } from '../../base/option-names.js';
import { sha256 } from '../../base/sha256.js';
import { RESET_VECTOR } from '../boot/reset.js';
import { DEFAULT_MEMORY_SIZE, MAX_ROM_SIZE, ROM_END, romLayout } from '../memory-map.js';
import { hasAt } from './bytes.js';
import type { GuestFormat, LoadOptions } from './format.js';

/** ROM chips have whole blocks of this size. */
const ROM_UNIT = 64 * 1024;
const RESET_BYTES = ROM_END - RESET_VECTOR;
/** What stands at the reset vector: JMP FAR, JMP, JMP SHORT, WBINVD, CLI, NOP, MOV EAX, CR0. */
const RESET_CODE: readonly (readonly number[])[] = [[0xea], [0xe9], [0xeb], [0x0f, 0x09], [0xfa], [0x90, 0x90], [0x0f, 0x20, 0xc0]]; // prettier-ignore
/** Chipsets show the end of the ROM here, too, until the firmware has RAM put in its place. */
const SHADOW_END = 1024 ** 2;
const MAX_SHADOW_SIZE = 128 * 1024;

/** Firmware as a kind of guest file. */
export const romFormat: GuestFormat = {
  name: 'rom',
  mayBeFlat: true,
  matches: (bytes) =>
    bytes.length > 0 &&
    bytes.length <= MAX_ROM_SIZE &&
    bytes.length % (isFirmwareVolume(bytes) ? PAGE_BYTES : ROM_UNIT) === 0 &&
    RESET_CODE.some((code) => hasAt(bytes, bytes.length - RESET_BYTES, code)) &&
    !hasSignatureAtStart(bytes),
  load({ title, bytes }, options) {
    checkOptions(title, bytes, options);
    const layout = romLayout(options.memory ?? DEFAULT_MEMORY_SIZE, bytes.length);
    if (layout.memorySize < SHADOW_END) {
      throw inputError(
        `${option('memory')} is too little for a ROM, which has its end below 1 MiB, too: give 1M or more.`,
      );
    }
    const shadow = bytes.subarray(Math.max(0, bytes.length - MAX_SHADOW_SIZE));
    const place = (end: number, data: Uint8Array) => ({
      gpa: end - data.length,
      data,
      memorySize: data.length,
    });
    return {
      image: {
        format: 'rom',
        mode: 'real',
        segments: [place(SHADOW_END, shadow), place(ROM_END, bytes)],
        entry: BigInt(RESET_VECTOR),
        symbols: [],
        sha256: sha256(bytes),
        startsAtReset: true,
      },
      layout,
    };
  },
};

/** The code of a UEFI firmware is a part of its flash, of any number of pages (PI 1.8, volume III, EFI_FIRMWARE_VOLUME_HEADER.Signature). */
function isFirmwareVolume(bytes: Uint8Array): boolean {
  return hasAt(bytes, 0x28, '_FVH');
}

/** ELF, MZ, or the end of a boot sector: what a file says of itself counts more than how it ends. */
function hasSignatureAtStart(bytes: Uint8Array): boolean {
  return hasAt(bytes, 0, '\x7fELF') || hasAt(bytes, 0, 'MZ') || hasAt(bytes, 510, [0x55, 0xaa]);
}

/** Where a ROM goes, and how it starts, is the processor's to say. */
function checkOptions(title: string, bytes: Uint8Array, options: LoadOptions): void {
  for (const name of ['mode', 'load', 'entry'] as const) {
    if (options[name] === undefined) continue;
    throw inputError(
      `${title} is a ROM, which ends at 4 GiB and starts as the processor does: leave ${option(name)} out, or give ${option('format', 'flat')}.`,
    );
  }
  if (bytes.length % PAGE_BYTES === 0 && bytes.length <= MAX_ROM_SIZE) return;
  throw inputError(
    `${title} has ${bytes.length} bytes: a ROM has whole pages of 4096 bytes, at most 16M.`,
  );
}
