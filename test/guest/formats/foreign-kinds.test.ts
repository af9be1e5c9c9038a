/** Files that no loader takes are named, and never run as code because nothing better is known. */
import test from 'ava';
import { FORMAT_NAMES } from '../../../src/guest/formats/format-names.js';
import { formatNamed, formatOf } from '../../../src/guest/formats/formats.js';
import { loadGuestBytes } from '../../../src/guest/formats/load.js';
import { buildElf } from './elf/elf-builder.js';
import { throwsInputError } from './errors.js';

/** `size` zeros with some bytes or text at offsets. */
function fileOf(size: number, ...pieces: [offset: number, data: string | number[]][]): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const [offset, data] of pieces) {
    bytes.set(typeof data === 'string' ? Buffer.from(data, 'latin1') : data, offset);
  }
  return bytes;
}

function le(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
}

/** A PE with its header at 0x80. */
function pe(machine: number, magic: number, subsystem: number): Uint8Array {
  return fileOf(
    512,
    [0, 'MZ'],
    [0x3c, le(0x80)],
    [0x80, 'PE\0\0'],
    [0x84, [machine & 0xff, machine >> 8]],
    [0x80 + 24, [magic & 0xff, magic >> 8]],
    [0x80 + 24 + 68, [subsystem, 0]],
  );
}

const MULTIBOOT1 = 0x1badb002;

/** Refused whatever the options say, but for `format: 'flat'`. */
const NEVER_FLAT: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['a UEFI program (PE32+ for aarch64)', pe(0xaa64, 0x20b, 10)],
  ['a UEFI runtime driver (PE32 for i386)', pe(0x14c, 0x10b, 12)],
  ['a Windows program (PE32+ for aarch64)', pe(0xaa64, 0x20b, 3)],
  ['an ISO 9660 image', fileOf(0x9000, [0x8001, 'CD001'])],
  ['compressed with xz', fileOf(20, [0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]])],
  ['compressed with zstd', fileOf(20, [0, [0x28, 0xb5, 0x2f, 0xfd]])],
  ['compressed with bzip2', fileOf(20, [0, 'BZh91AY&SY'])],
  ['a zip archive', fileOf(20, [0, 'PK\x03\x04'])],
  ['an archive of object files', fileOf(20, [0, '!<arch>\n'])],
  ['a qcow2 disk image', fileOf(20, [0, 'QFI\xfb'])],
  ['a trace or another SQLite file', fileOf(100, [0, 'SQLite format 3\0'])],
  ['a script', fileOf(20, [0, '#!/bin/sh\n'])],
  ['a UEFI firmware volume', fileOf(0x10000, [0x28, '_FVH'])],
];

/** Refused too, unless a mode or an address says that they are to run as they are. */
const MAY_BE_FLAT: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['an option ROM', fileOf(1024, [0, [0x55, 0xaa, 2]])],
  ['a DOS program (MZ)', fileOf(64, [0, 'MZ'])],
  ['of no known kind (it begins with 90 f4)', Uint8Array.of(0x90, 0xf4)],
];

for (const [what, bytes] of [...NEVER_FLAT, ...MAY_BE_FLAT]) {
  test(`refused, with the way out: ${what}, ${bytes.length} bytes`, (t) => {
    throwsInputError(t, () => loadGuestBytes('x', bytes), `The guest "x" is ${what}`, "format: 'flat'"); // prettier-ignore
    t.is(loadGuestBytes('x', bytes, { format: 'flat' }).image.format, 'flat');
  });
}

for (const [what, bytes] of NEVER_FLAT) {
  test(`a mode does not make it flat: ${what}, ${bytes.length} bytes`, (t) => {
    throwsInputError(t, () => loadGuestBytes('x', bytes, { mode: 'real', load: 0x7c00n }), what);
  });
}

for (const [what, bytes] of MAY_BE_FLAT) {
  test(`a mode or an address makes it flat: ${what}, ${bytes.length} bytes`, (t) => {
    t.is(loadGuestBytes('x', bytes, { mode: 'real' }).image.mode, 'real');
    t.is(loadGuestBytes('x', bytes, { load: 0x1000n }).image.entry, 0x1000n);
  });
}

test('what only looks like it is not taken for it', (t) => {
  const badSum = fileOf(8192, [0, [...le(MULTIBOOT1), ...le(3), ...le(7)]]);
  const tooFar = fileOf(16384, [8192, [...le(MULTIBOOT1), ...le(3), ...le(-(MULTIBOOT1 + 3))]]);
  const shortRom = fileOf(1000, [0, [0x55, 0xaa, 2]]);
  for (const bytes of [badSum, tooFar, shortRom]) {
    throwsInputError(t, () => loadGuestBytes('x', bytes), 'of no known kind');
  }
  const peElsewhere = fileOf(64, [0, 'MZ'], [0x3c, le(0xfffffff0)]);
  throwsInputError(t, () => loadGuestBytes('x', peElsewhere), 'a DOS program');
});

test('every format has its loader, and only one that its bytes name is found', (t) => {
  for (const name of FORMAT_NAMES) t.is(formatNamed(name).name, name);
  t.is(formatOf(buildElf())?.name, 'elf');
  t.is(formatOf(Uint8Array.of(0x90)), undefined);
});
