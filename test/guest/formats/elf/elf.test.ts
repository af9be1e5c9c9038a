import test from 'ava';
import fc from 'fast-check';
import { KvmtraceError } from '../../../../src/base/errors.js';
import { memoryLayout } from '../../../../src/guest/memory-map.js';
import { loadElf } from '../../../../src/guest/formats/elf/elf.js';
import { buildElf, type ElfSpec } from './elf-builder.js';
import { throwsInputError } from '../errors.js';

const layout = memoryLayout(16 * 1024 ** 2, 'long');
const loadBytes = (bytes: Uint8Array, entry?: bigint) =>
  loadElf('The guest "x"', bytes, { layout, entry });
const load = (spec: ElfSpec = {}, entry?: bigint) => loadBytes(buildElf(spec), entry);

/** The valid file with one byte or more changed. */
function patched(at: number, ...values: readonly number[]): Uint8Array {
  const bytes = buildElf();
  bytes.set(values, at);
  return bytes;
}

test('the class decides the mode', (t) => {
  t.like(load(), { format: 'elf', mode: 'long', entry: 0x100000n, symbols: [] });
  t.like(load({ is64: false }), { mode: 'protected', entry: 0x100000n });
  t.is(load().segments[0]?.data.length, 16);
});

test('memory beyond the data of a segment is kept', (t) => {
  t.like(load({ segments: [{ memorySize: 0x3000n }] }).segments[0], {
    gpa: 0x100000,
    memorySize: 0x3000,
  });
});

test('segments come in order of address, empty and other ones are left out', (t) => {
  const { segments } = load({
    segments: [{ vaddr: 0x200000n }, { type: 4 }, { memorySize: 0n, fileSize: 0n }, {}],
  });
  t.deepEqual(
    segments.map(({ gpa }) => gpa),
    [0x100000, 0x200000],
  );
});

test('an entry linked for another address than the load address is translated', (t) => {
  const segments = [{ vaddr: 0xffffffff80000000n, paddr: 0x100000n }];
  t.is(load({ segments, entry: 0xffffffff80000004n }).entry, 0x100004n);
  t.is(load({ segments, entry: 0x100004n }).entry, 0x100004n, 'already physical');
  t.is(load({ segments }, 0xffffffff80000002n).entry, 0x100002n, 'entry');
});

test('an entry outside of what is loaded is refused', (t) => {
  throwsInputError(t, () => load({ entry: 0x100010n }), '0x100010', 'ld -e');
  throwsInputError(t, () => load({}, 0x300000n), '`entry` 0x300000');
  const segments = [{ memorySize: 0x1000n }];
  throwsInputError(t, () => load({ segments, entry: 0x100020n }), '0x100020');
});

test('machines other than x86 are named', (t) => {
  throwsInputError(t, () => load({ machine: 183 }), 'aarch64');
  throwsInputError(t, () => load({ machine: 243 }), 'riscv');
  throwsInputError(t, () => load({ machine: 4711 }), 'machine 4711');
  throwsInputError(t, () => load({ is64: false, machine: 62 }), 'x32');
  throwsInputError(t, () => load({ machine: 3 }), 'i386');
});

test('big-endian files are read as such and refused', (t) => {
  const bytes = patched(5, 2);
  bytes.set([0, 2, 0, 22], 16);
  throwsInputError(t, () => loadBytes(bytes), 's390');
  bytes.set([0, 2, 0, 62], 16);
  throwsInputError(t, () => loadBytes(bytes), 'big-endian');
  throwsInputError(t, () => loadBytes(patched(5, 7)), 'byte order 7');
  throwsInputError(t, () => loadBytes(patched(4, 9)), 'class 9');
});

test('files that are not static executables are refused', (t) => {
  throwsInputError(t, () => load({ type: 1 }), 'relocatable');
  throwsInputError(t, () => load({ type: 3, entry: 0n }), 'shared library', '-static-pie');
  throwsInputError(t, () => load({ type: 4 }), 'core dump');
  throwsInputError(t, () => load({ type: 0xfe00 }), 'type 65024');
  throwsInputError(t, () => load({ segments: [{ type: 3 }, {}] }), 'PT_INTERP', '-static');
  throwsInputError(t, () => load({ segments: [] }), 'no segment');
});

test('a file cut short anywhere is told as truncated', (t) => {
  const whole = buildElf();
  for (let size = 4; size < whole.length; size++) {
    throwsInputError(t, () => loadBytes(whole.subarray(0, size)), 'truncated', `${size} bytes`);
  }
});

test('segments that lie are refused', (t) => {
  const one = (segment: object) => () => load({ segments: [segment] });
  throwsInputError(t, one({ fileSize: 0x1000n }), 'truncated', 'segment 0');
  throwsInputError(t, one({ offset: 2n ** 64n - 8n }), 'truncated');
  throwsInputError(t, one({ memorySize: 1n }), 'segment 0', '0x10');
  throwsInputError(t, one({ vaddr: 0x1000000n }), 'segment 0', '0x1000000', 'memory');
  throwsInputError(t, one({ vaddr: 0xfffff8n, memorySize: 16n }), '0xfffff8', '16M');
  throwsInputError(t, one({ memorySize: 2n ** 64n - 1n }), 'segment 0');
  throwsInputError(t, one({ paddr: 2n ** 64n - 16n }), 'segment 0');
  throwsInputError(t, one({ paddr: 0xffff8000n, memorySize: 0x10000n }), 'boot tables');
});

test('overlapping segments are refused', (t) => {
  throwsInputError(
    t,
    () => load({ segments: [{ memorySize: 0x2000n }, { vaddr: 0x101000n }] }),
    'segment 0',
    'segment 1',
    'overlaps',
  );
});

test('absurd tables are refused', (t) => {
  throwsInputError(t, () => loadBytes(patched(54, 55)), '55 bytes', '56');
  throwsInputError(t, () => loadBytes(patched(56, 0xff, 0xff)), '65535');
  throwsInputError(t, () => loadBytes(patched(32, 0, 0, 0, 0, 0, 0, 0, 0x80)), 'program headers');
});

test('a guest runs without its symbols: absurd section headers are told, not refused', (t) => {
  const sections = patched(58, 64, 0, 1, 0);
  sections[47] = 0x80;
  t.deepEqual(loadBytes(sections).symbols, []);
  t.regex(loadBytes(sections).symbolsLost!, /ends before its section headers do/);
  const sizes = patched(58, 63, 0, 1, 0);
  sizes[40] = 64;
  t.regex(loadBytes(sizes).symbolsLost!, /section headers of 63 bytes each instead of 64/);
  t.is(load().symbolsLost, undefined, 'a file without sections has nothing to lose');
});

function onlyInputErrors(bytes: Uint8Array): void {
  try {
    loadBytes(bytes);
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
  }
}

test('no bytes crash the parser', (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), onlyInputErrors));
  const change = fc.tuple(fc.nat({ max: 135 }), fc.integer({ min: 0, max: 255 }));
  const base = fc.boolean().map((is64) => ({ is64, segments: [{}, { vaddr: 0x200000n }] }));
  fc.assert(
    fc.property(
      base,
      fc.array(change, { maxLength: 8 }),
      fc.nat({ max: 300 }),
      (spec, all, cut) => {
        const bytes = buildElf(spec);
        for (const [at, value] of all) bytes[at] = value;
        onlyInputErrors(bytes.subarray(0, Math.max(4, bytes.length - Math.max(0, cut - 200))));
      },
    ),
    { numRuns: 3000 },
  );
  t.pass();
});
