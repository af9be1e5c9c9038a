/** Files that are recognised but cannot be loaded: what they are, and what to do instead. */
import { hasAt } from './bytes.js';
import type { ForeignKind } from './foreign-kind.js';
import { peKind } from './pe-kind.js';

interface Signature extends ForeignKind {
  readonly matches: (bytes: Uint8Array) => boolean;
}

const at =
  (offset: number, expected: string | readonly number[]) =>
  (bytes: Uint8Array): boolean =>
    hasAt(bytes, offset, expected);

const UNPACK = 'unpack it and give what is in it';

/** The most particular first. */
const SIGNATURES: readonly Signature[] = [
  { what: 'an ISO 9660 image', wayOut: 'give a file that is on it', matches: at(0x8001, 'CD001') },
  { what: 'compressed with xz', wayOut: UNPACK, matches: at(0, '\xfd7zXZ\0') },
  { what: 'compressed with zstd', wayOut: UNPACK, matches: at(0, [0x28, 0xb5, 0x2f, 0xfd]) },
  {
    what: 'compressed with bzip2',
    wayOut: UNPACK,
    matches: (bytes) => at(0, 'BZh')(bytes) && at(4, '1AY&SY')(bytes),
  },
  { what: 'a zip archive', wayOut: UNPACK, matches: at(0, 'PK\x03\x04') },
  { what: 'an archive of object files', wayOut: 'link it with ld -static', matches: at(0, '!<arch>\n') }, // prettier-ignore
  { what: 'LLVM bitcode', wayOut: 'compile and link it first', matches: at(0, 'BC\xc0\xde') },
  { what: 'a qcow2 disk image', wayOut: 'no loader boots disks yet', matches: at(0, 'QFI\xfb') },
  {
    what: 'a trace or another SQLite file',
    wayOut: 'give the guest that it was recorded from, or ask it with kvmtrace info',
    matches: at(0, 'SQLite format 3\0'),
  },
  { what: 'a script', wayOut: 'give the program that it builds or runs', matches: at(0, '#!') },
  {
    what: 'a Mach-O file',
    wayOut: 'build the guest as a static ELF',
    matches: (bytes) => at(0, [0xcf, 0xfa, 0xed, 0xfe])(bytes) || at(0, [0xce, 0xfa, 0xed, 0xfe])(bytes), // prettier-ignore
  },
  {
    what: 'a UEFI firmware volume',
    wayOut: 'give the image that has the code, which begins in its last 16 bytes',
    matches: at(0x28, '_FVH'), // PI 1.8, volume III, EFI_FIRMWARE_VOLUME_HEADER.Signature
  },
  {
    what: 'an option ROM',
    wayOut: 'no loader sets a BIOS up for it',
    mayBeFlat: true,
    matches: isOptionRom,
  },
];

/** What the bytes are, where that is known and no loader takes it. */
export function foreignKind(bytes: Uint8Array): ForeignKind | undefined {
  const found = SIGNATURES.find(({ matches }) => matches(bytes));
  return peKind(bytes) ?? found;
}

/** PCI Firmware 3.x: 55 AA, then the size in units of 512 bytes. */
function isOptionRom(bytes: Uint8Array): boolean {
  const units = bytes[2] ?? 0;
  return hasAt(bytes, 0, [0x55, 0xaa]) && units > 0 && units * 512 <= bytes.length;
}
