/** Files that are recognised but cannot be loaded: what they are, and what to do instead. */
import { hasAt, unsignedAt } from './bytes.js';
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

/** The most particular first: a bzImage with an EFI stub is a PE too, and ends a boot sector. */
const SIGNATURES: readonly Signature[] = [
  {
    what: 'a Linux kernel (bzImage)',
    wayOut: 'no loader boots it yet',
    matches: at(0x202, 'HdrS'), // boot.rst of Linux, "The Real-Mode Kernel Header"
  },
  { what: 'an ISO 9660 image', wayOut: 'give a file that is on it', matches: at(0x8001, 'CD001') },
  { what: 'compressed with gzip', wayOut: UNPACK, matches: at(0, [0x1f, 0x8b, 0x08]) },
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
    wayOut: 'no loader starts firmware at the top of 4 GiB yet',
    matches: at(0x28, '_FVH'), // PI 1.8, volume III, EFI_FIRMWARE_VOLUME_HEADER.Signature
  },
  {
    what: 'a kernel for multiboot 1',
    wayOut: 'no loader boots it yet; link it as a static ELF',
    mayBeFlat: true,
    matches: (bytes) => hasMultibootHeader(bytes, 8192, 4, MULTIBOOT1),
  },
  {
    what: 'a kernel for multiboot 2',
    wayOut: 'no loader boots it yet; link it as a static ELF',
    mayBeFlat: true,
    matches: (bytes) => hasMultibootHeader(bytes, 32768, 8, MULTIBOOT2),
  },
  {
    what: 'an option ROM',
    wayOut: 'no loader sets a BIOS up for it',
    mayBeFlat: true,
    matches: isOptionRom,
  },
  {
    what: 'a boot sector or a disk that begins with one',
    wayOut: 'there is no BIOS under it; where it needs none, say that it is for real mode',
    mayBeFlat: true,
    matches: at(510, [0x55, 0xaa]),
  },
  {
    what: 'a firmware ROM',
    wayOut: 'no loader starts firmware at the top of 4 GiB yet',
    mayBeFlat: true,
    matches: isSystemRom,
  },
];

/** What the bytes are, where that is known and no loader takes it. */
export function foreignKind(bytes: Uint8Array): ForeignKind | undefined {
  const found = SIGNATURES.find(({ matches }) => matches(bytes));
  // A kernel's own header says more than that it is also a PE.
  if (found !== undefined && found === SIGNATURES[0]) return found;
  return peKind(bytes) ?? found;
}

/** Magic, and which of the 32-bit fields behind it sum to 0 with it. */
interface MultibootHeader {
  readonly magic: number;
  readonly summed: number;
}

const MULTIBOOT1: MultibootHeader = { magic: 0x1badb002, summed: 2 };
const MULTIBOOT2: MultibootHeader = { magic: 0xe85250d6, summed: 3 };

/** @param reach bytes from the beginning in which the whole header has to lie */
function hasMultibootHeader(
  bytes: Uint8Array,
  reach: number,
  alignment: number,
  { magic, summed }: MultibootHeader,
): boolean {
  const size = 4 * (summed + 1);
  const end = Math.min(reach, bytes.length) - size;
  for (let offset = 0; offset <= end; offset += alignment) {
    if (unsignedAt(bytes, offset, 4) !== magic) continue;
    let sum = magic;
    for (let field = 1; field <= summed; field++) sum += unsignedAt(bytes, offset + 4 * field, 4)!;
    if (sum % 2 ** 32 === 0) return true;
  }
  return false;
}

/** PCI Firmware 3.x: 55 AA, then the size in units of 512 bytes. */
function isOptionRom(bytes: Uint8Array): boolean {
  const units = bytes[2] ?? 0;
  return hasAt(bytes, 0, [0x55, 0xaa]) && units > 0 && units * 512 <= bytes.length;
}

const ROM_UNIT = 64 * 1024;
/** What stands at the reset vector, 16 bytes before the end: JMP FAR, JMP, WBINVD, CLI, NOP. */
const RESET_CODE: readonly (readonly number[])[] = [[0xea], [0xe9], [0xeb], [0x0f, 0x09], [0xfa], [0x90, 0x90]]; // prettier-ignore

function isSystemRom(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length % ROM_UNIT !== 0) return false;
  return RESET_CODE.some((code) => hasAt(bytes, bytes.length - 16, code));
}
