import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { KvmtraceError } from '../../../../src/base/errors.js';
import { loadGuest, loadGuestBytes } from '../../../../src/guest/formats/load.js';
import { throwsInputError } from '../errors.js';

const folder = mkdtempSync(join(tmpdir(), 'kvmtrace-elf-'));
const SOURCE = `
  __attribute__((noinline)) int answer(int x) { return x * 7; }
  int table[16] = {1};
  void _start(void) { table[1] = answer(table[0]); for (;;) __asm__ volatile("hlt"); }
  __asm__(".equ constant, 0x3f8\\n.text\\nlabel: nop");
`;
const STATIC = [
  '-ffreestanding',
  '-nostdlib',
  '-static',
  '-fno-pic',
  '-no-pie',
  '-Wl,--build-id=none',
];

function compile(name: string, flags: readonly string[], source = SOURCE): string {
  const path = join(folder, name);
  writeFileSync(`${path}.c`, source);
  execFileSync('gcc', ['-O1', ...flags, '-o', path, `${path}.c`], { stdio: 'pipe' });
  return path;
}

test('a 64-bit executable of gcc', (t) => {
  const { image } = loadGuest(compile('long', ['-m64', ...STATIC]));
  t.like(image, { format: 'elf', mode: 'long' });
  const byName = new Map(image.symbols.map((symbol) => [symbol.name, symbol]));
  t.like(byName.get('answer'), { kind: 'function' });
  t.like(byName.get('table'), { kind: 'object', size: 64 });
  t.like(byName.get('label'), { kind: 'other', size: 0 });
  t.is(byName.get('_start')?.address, image.entry);
  t.false(byName.has('constant'), 'an absolute constant is no address');
  t.false(byName.has('long.c'), 'a file is no address');
  const addresses = image.symbols.map(({ address }) => address);
  t.deepEqual(
    addresses,
    addresses.toSorted((a, b) => (a < b ? -1 : 1)),
  );
});

test('a 32-bit executable of gcc', (t) => {
  const { image, layout } = loadGuest(
    compile('protected', ['-m32', '-Wl,-Ttext-segment=0x100000', ...STATIC]),
  );
  t.like(image, { format: 'elf', mode: 'protected' });
  t.true(image.symbols.some(({ name, kind }) => name === 'answer' && kind === 'function'));
  t.is(layout.memorySize, 64 * 1024 ** 2);
});

test('a stripped executable has no symbols', (t) => {
  t.deepEqual(loadGuest(compile('stripped', ['-s', ...STATIC])).image.symbols, []);
});

test('what needs a dynamic linker or a link is refused', (t) => {
  const main = 'int main(void) { return 0; }';
  throwsInputError(t, () => loadGuest(compile('dynamic', ['-no-pie'], main)), 'PT_INTERP');
  throwsInputError(t, () => loadGuest(compile('pie', ['-pie', '-fPIE'], main)), '-no-pie');
  throwsInputError(t, () => loadGuest(compile('object', ['-c'], main)), 'relocatable');
});

test('the symbol table is untrusted too', (t) => {
  const whole = readFileSync(compile('fuzzed', ['-m64', ...STATIC]));
  // The last section header is none that symbols need.
  t.deepEqual(
    loadGuestBytes('x', whole.subarray(0, -1)).image.symbols,
    loadGuestBytes('x', whole).image.symbols,
  );
  const sections = Number(whole.readBigUInt64LE(40));
  const positions = fc.oneof(
    fc.nat({ max: 63 }),
    fc.integer({ min: sections, max: whole.length - 1 }),
    fc.nat({ max: whole.length - 1 }),
  );
  const change = fc.tuple(positions, fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        loadGuestBytes('x', bytes);
      } catch (error) {
        if (!(error instanceof KvmtraceError)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});

test('the sample guest loads with its functions', (t) => {
  const { image } = loadGuest('guests/sample/sample.elf');
  t.is(image.entry, 0x100000n);
  const names = new Set(image.symbols.map(({ name }) => name));
  for (const name of ['main', 'quick_sort', 'siphash', 'compress_block', 'table_find']) {
    t.true(names.has(name), name);
  }
});
