/** The kinds of guest files that can be loaded, as `--format` and `meta.guest_format` name them. */
export const FORMAT_NAMES = [
  'flat',
  'elf',
  'multiboot',
  'pvh',
  'linux',
  'efi',
  'boot',
  'rom',
] as const;

/** How the guest's file is built. */
export type FormatName = (typeof FORMAT_NAMES)[number];
