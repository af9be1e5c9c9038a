/** The registry of loaders. A new kind of guest is one more file with a GuestFormat, and a line here. */
import type { FormatName } from './format-names.js';
import type { GuestFormat } from './format.js';
import { elfFormat } from './elf/elf.js';
import { flatFormat } from './flat.js';
import { efiFormat } from '../uefi/format.js';

const FORMATS: Readonly<Record<FormatName, GuestFormat>> = {
  flat: flatFormat,
  elf: elfFormat,
  efi: efiFormat,
};

/** The loader that a name stands for. */
export function formatNamed(name: FormatName): GuestFormat {
  return FORMATS[name];
}

/** The loader whose kind the bytes say they are. */
export function formatOf(bytes: Uint8Array): GuestFormat | undefined {
  return Object.values(FORMATS).find((format) => format.matches(bytes));
}
