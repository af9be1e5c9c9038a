/** The registry of loaders. A new kind of guest is one more file with a GuestFormat, and a line here. */
import type { FormatName } from './format-names.js';
import type { GuestFormat } from './format.js';
import { elfFormat } from './elf/elf.js';
import { flatFormat } from './flat.js';
import { romFormat } from './rom.js';
import { linuxFormat } from './linux/linux.js';
import { multibootFormat } from './multiboot/multiboot.js';
import { pvhFormat } from './pvh.js';
import { bootFormat } from '../bios/format.js';
import { efiFormat } from '../uefi/format.js';

/**
 * The most particular first: a kernel for a boot loader is an ELF or a PE, too, and a ROM can have a
 * multiboot header.
 */
const FORMATS: Readonly<Record<FormatName, GuestFormat>> = {
  linux: linuxFormat,
  rom: romFormat,
  multiboot: multibootFormat,
  pvh: pvhFormat,
  elf: elfFormat,
  efi: efiFormat,
  boot: bootFormat,
  flat: flatFormat,
};

/** The loader that a name stands for. */
export function formatNamed(name: FormatName): GuestFormat {
  return FORMATS[name];
}

/** The loader whose kind the bytes say they are. */
export function formatOf(bytes: Uint8Array): GuestFormat | undefined {
  return Object.values(FORMATS).find((format) => format.matches(bytes));
}
