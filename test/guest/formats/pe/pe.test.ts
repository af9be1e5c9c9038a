/** PE images: what cannot be loaded is refused in a sentence, whatever its bytes are. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { KvmtraceError } from '../../../../src/base/errors.js';
import { loadGuestBytes } from '../../../../src/guest/formats/load.js';
import { isPe } from '../../../../src/guest/formats/pe-header.js';
import { temporaryDirectory } from '../../../helpers/temporary.js';
import { buildEfi } from '../../uefi/build-efi.js';

let built: Uint8Array | undefined;
/** A program that is as it should be; a copy. */
const program = (): Buffer =>
  Buffer.from((built ??= readFileSync(buildEfi('child', temporaryDirectory()))));

const header = (bytes: Buffer): number => bytes.readUInt32LE(0x3c);

test('a program is placed, relocated and named', (t) => {
  const { image } = loadGuestBytes('child.efi', program());
  t.is(image.format, 'efi');
  t.is(image.mode, 'long');
  t.is(image.segments[0]!.gpa, 0x10_0000);
  t.is(image.entry, image.symbols.find(({ name }) => name === 'efi_main')!.address);
  t.true(image.symbols.some(({ name }) => name === 'EFI_BOOT_SERVICES.StartImage'));
  // What differs between two places are addresses in the image, by the distance: 0x30 in their third byte.
  const other = loadGuestBytes('child.efi', program(), { load: 0x40_0000n }).image;
  const [a, b] = [image, other].map(({ segments }) => Buffer.from(segments[0]!.data)) as [
    Buffer,
    Buffer,
  ];
  t.is(a.length, b.length);
  let moved = 0;
  for (let at = 0; at < a.length; at++) {
    if (a[at] === b[at]) continue;
    t.is(b.readUInt32LE(at - 2) - a.readUInt32LE(at - 2), 0x30_0000, `at ${at}`);
    moved++;
    at++;
  }
  t.true(moved > 0);
});

test('other machines, other subsystems and damaged files are named', (t) => {
  const altered = (change: (bytes: Buffer, at: number) => void): Buffer => {
    const bytes = program();
    change(bytes, header(bytes));
    return bytes;
  };
  const refuse = (bytes: Uint8Array, message: RegExp, options = {}): void => {
    const load = (): unknown => loadGuestBytes('a.efi', bytes, options);
    const error = t.throws(load, { instanceOf: KvmtraceError });
    t.regex(error.message, message);
  };
  refuse(
    altered((bytes, at) => bytes.writeUInt16LE(0xaa64, at + 4)),
    /aarch64|ARM64/,
  );
  refuse(
    altered((bytes, at) => bytes.writeUInt16LE(0x14c, at + 4)),
    /i386/,
  );
  refuse(
    altered((bytes, at) => bytes.writeUInt16LE(3, at + 24 + 68)),
    /Windows/,
  );
  refuse(program().subarray(0, 900), /cut off/);
  refuse(
    altered((bytes, at) => bytes.writeUInt32LE(0xffffff, at + 24 + 16)),
    /entry 0xffffff/,
  );
  refuse(
    altered((bytes, at) => bytes.writeUInt16LE(200, at + 6)),
    /200 sections/,
  );
  refuse(Buffer.from('not PE at all'), /is no PE image/, { format: 'efi' });
});

test('damage anywhere in the headers never crashes the loader', (t) => {
  const bytes = program();
  const end = header(bytes) + 24 + 240 + 7 * 40;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(end), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 6,
      }),
      (changes) => {
        const altered = Buffer.from(bytes);
        for (const [at, value] of changes) altered[at] = value;
        try {
          loadGuestBytes('a.efi', altered, { format: 'efi' });
        } catch (error) {
          if (!(error instanceof KvmtraceError)) throw error;
        }
      },
    ),
    { numRuns: 500 },
  );
  t.true(isPe(bytes));
});
