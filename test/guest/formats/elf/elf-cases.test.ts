/** ELF files of test/cases: what they are is in its README. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadGuestBytes } from '../../../../src/guest/formats/load.js';
import type { GuestImage } from '../../../../src/guest/formats/image.js';
import { packageRoot } from '../../../../src/base/package-root.js';
import { SymbolTable } from '../../../../src/trace/read/symbols.js';
import { kvmtrace } from '../../../helpers/cli.js';
import { temporaryPath } from '../../../helpers/fixture-trace.js';
import { kvmTest } from '../../../helpers/kvm.js';

function pathOf(name: string): string {
  return fileURLToPath(new URL(`test/cases/${name}`, packageRoot));
}

function image(name: string, change?: (bytes: Buffer) => Buffer): GuestImage {
  const bytes = readFileSync(pathOf(name));
  return loadGuestBytes(name, change?.(bytes) ?? bytes).image;
}

test('extended numbering: as many symbols as with the number in the header', (t) => {
  const extended = image('elf-sections/extsh.elf');
  t.is(extended.symbols.length, 21);
  t.is(extended.symbolsLost, undefined);
  const plain = image('elf-sections/extsh.elf', (bytes) => {
    bytes.writeUInt16LE(6, 60);
    return bytes;
  });
  t.deepEqual(plain.symbols, extended.symbols);
});

test('section headers that are cut off: the guest loads, and is told to have lost its symbols', (t) => {
  const cut = image('elf-sections/truncsec.elf');
  t.deepEqual(cut.symbols, []);
  t.regex(cut.symbolsLost!, /ends before its section headers do, so its symbols are not known/);
  t.is(cut.entry, 0x100000n);
  // Headers of the symbols and their names are the fourth and the fifth.
  const half = (count: number): GuestImage =>
    image('elf-sections/extsh.elf', (bytes) => bytes.subarray(0, 6568 + count * 64 + 10));
  t.is(half(5).symbols.length, 21);
  t.is(half(4).symbols.length, 0);
  t.regex(half(4).symbolsLost!, /ends before its section headers do/);
  t.regex(half(2).symbolsLost!, /ends before its section headers do/);
});

test('a symbol table that is cut off or broken loses the symbols alone', (t) => {
  const moved = (at: number, value: bigint): GuestImage =>
    image('elf-sections/extsh.elf', (bytes) => {
      bytes.writeBigUInt64LE(value, 6568 + 3 * 64 + at);
      return bytes;
    });
  t.regex(moved(24, 0x7fffffffn).symbolsLost!, /ends before its symbols do/);
  t.regex(moved(56, 23n).symbolsLost!, /has a broken symbol table/);
  const many = image('elf-sections/extsh.elf', (bytes) => {
    bytes.writeBigUInt64LE(1n << 60n, 6568 + 32);
    return bytes;
  });
  t.regex(many.symbolsLost!, /claims \d+ section headers/);
});

test('of the names at one address the global is shown, then the weak, then the local', (t) => {
  const table = new SymbolTable(image('symbol-alias/sy.elf').symbols);
  const name = (address: bigint): string | undefined => table.at(address)?.symbol.name;
  t.is(name(0x401005n), 'func', 'not its local alias zzz, nor the label aaa_label');
  t.is(name(0x401007n), 'weak_f', 'not the local label zz_alias');
  t.is(name(0x401003n), 'inner');
  t.is(name(0x401001n), 'outer');
});

test('the global is shown whatever the names and their order in the file are', (t) => {
  // zzz (entry 6) and func (entry 12) change their bindings: now zzz is the global one.
  const swapped = image('symbol-alias/sy.elf', (bytes) => {
    const sections = Number(bytes.readBigUInt64LE(40));
    const count = bytes.readUInt16LE(60);
    const symtab = Array.from({ length: count }, (_, i) => sections + i * 64).find(
      (at) => bytes.readUInt32LE(at + 4) === 2,
    )!;
    const first = Number(bytes.readBigUInt64LE(symtab + 24));
    bytes[first + 6 * 24 + 4] = 0x12;
    bytes[first + 12 * 24 + 4] = 0x02;
    return bytes;
  });
  t.is(new SymbolTable(swapped.symbols).at(0x401005n)?.symbol.name, 'zzz');
});

kvmTest('a guest without its section headers is recorded, with a word about the names', (t) => {
  const guest = pathOf('elf-sections/truncsec.elf');
  const { code, stderr } = kvmtrace(['record', guest, '-o', temporaryPath(), '--max-steps', '50']);
  t.is(code, 0);
  t.regex(
    stderr,
    /truncsec\.elf" ends before its section headers do, so its symbols are not known/,
  );
  const whole = kvmtrace([
    ...['record', pathOf('elf-sections/extsh.elf'), '-o', temporaryPath(), '--max-steps', '50'],
  ]);
  t.notRegex(whole.stderr, /symbols/);
});
