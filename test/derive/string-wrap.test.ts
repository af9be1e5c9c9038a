/** String instructions whose index wraps: what they access is not one range. */
import test from 'ava';
import fc from 'fast-check';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { indexTrace } from '../../src/derive/index-trace.js';
import { readRanges } from '../../src/diff/dataflow/address.js';
import { usesOf } from '../../src/diff/dataflow/uses.js';
import { packageRoot } from '../../src/base/package-root.js';
import { queryTrace } from '../../src/query/sql.js';
import { Trace } from '../../src/query/trace.js';
import { openTrace } from '../../src/trace/read/open.js';
import { kvmtrace } from '../helpers/cli.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';

const wrap = fileURLToPath(new URL('test/cases/string-wrap/wrap.trace', packageRoot));

test('a recording in real mode: the accesses are those of the segment', (t) => {
  using file = openTrace(wrap);
  const { rows } = queryTrace(
    file,
    'SELECT step, gpa, size, reads, writes FROM memory_access WHERE step IN (7, 12, 17) ORDER BY 1, 2',
  );
  t.deepEqual(
    [...rows].map((row) => row.map(Number)),
    [
      [7, 0x0, 3, 0, 1],
      [7, 0xfffd, 3, 0, 1],
      [12, 0x0, 2, 0, 1],
      [12, 0xfffe, 2, 0, 1],
      [17, 0x0, 4, 1, 0],
      [17, 0x8000, 6, 0, 1],
      [17, 0xfffe, 2, 1, 0],
    ],
  );
});

test('a recording in real mode: a value that a copy took from beyond the wrap', (t) => {
  const { stdout } = kvmtrace(['why', wrap, '--at', '18', '[0x8002]:2']);
  t.regex(stdout, /^\[0x8002\]:2 = 0x3333 ← \[0x0\]:2 \(step 17\) +step 12 .* rep stosb/);
  t.regex(stdout, /al = 0x33 +step 11 /);
  using trace = Trace.open(wrap);
  const bytes = (gva: bigint): unknown => trace.why(18, { gva, length: 2 }).step;
  t.is(bytes(0x8000n), 12, 'before the wrap');
  t.is(bytes(0x8004n), 7, 'what the second STOSB left alone');
});

test('an index that an older kvmtrace made is not what SQL reads', (t) => {
  const path = writeFixtureTrace({
    steps: [{ rip: 0x100, bytes: 'f3aa', mode: 16, registers: { rcx: 0, rdi: 1 } }, { rip: 0x110 }],
    initial: { rcx: 2, rdi: 0xffff },
  });
  indexTrace(path);
  const database = new Sqlite(path);
  database.exec(`
    UPDATE meta SET value = 3 WHERE key = 'derived_version';
    UPDATE access_run SET unit = 1024`);
  database.close();
  using file = openTrace(path);
  const { rows } = queryTrace(file, 'SELECT gpa, size FROM memory_access ORDER BY 1');
  t.deepEqual(
    [...rows].map((row) => row.map(Number)),
    [
      [0, 1],
      [0xffff, 1],
    ],
  );
});

interface Case {
  readonly mode: 16 | 32 | 64;
  readonly addressBits: 16 | 32;
  readonly size: 1 | 2 | 4;
  readonly count: number;
  readonly down: boolean;
  readonly start: number;
  readonly base: number;
}

const SPACE = 0x1_0000_0000;

/** STOS with a REP prefix in code of some mode, near where its index wraps; `base` is that of es. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    code: fc.constantFrom<[16 | 32 | 64, 16 | 32]>(
      [16, 16],
      [16, 32],
      [32, 16],
      [32, 32],
      [64, 32],
    ),
    size: fc.constantFrom(1 as const, 2 as const, 4 as const),
    count: fc.integer({ min: 0, max: 60 }),
    down: fc.boolean(),
    near: fc.integer({ min: -100, max: 100 }),
    base: fc.constantFrom(0, 0x10, 0x5_0000, 0xffff_fff0),
  })
  .map(({ code: [mode, addressBits], near, ...more }) => {
    const space = 2 ** addressBits;
    return { ...more, mode, addressBits, start: (near + space) % space };
  });

function encode({ mode, addressBits, size }: Case): string {
  const wide = mode === 16 ? size === 4 : size === 2;
  const otherAddress = mode === 16 ? addressBits === 32 : mode === 64 || addressBits === 16;
  return `${otherAddress ? '67' : ''}${wide ? '66' : ''}f3${size === 1 ? 'aa' : 'ab'}`;
}

/** The bytes that the manual says, one element after the other. */
function naive({ mode, addressBits, size, count, down, start, base }: Case): Set<number> {
  const touched = new Set<number>();
  for (let i = 0, at = start; i < count; i++) {
    for (let byte = 0; byte < size; byte++) {
      // In 64-bit mode es has no base, and linear addresses go on.
      touched.add(mode === 64 ? at + byte : (base + at + byte) % SPACE);
    }
    at = (at + (down ? -size : size) + 2 ** addressBits) % 2 ** addressBits;
  }
  return touched;
}

test('every byte that stepping one by one comes to is accessed, and no other', (t) => {
  const pages = {
    // 64-bit code maps the low 2 MiB and the last ones below 4 GiB, with 2 MiB above.
    1: table([0, 0x2003]),
    2: table([0, 0x3003], [3, 0x4003], [4, 0x5003]),
    3: table([0, 0x83]),
    4: table([511, 0xffe0_0083]),
    5: table([0, 0x1_0000_0083]),
  };
  fc.assert(
    fc.property(cases, (given) => {
      const { mode, addressBits, size, count, down, start, base } = given;
      const space = 2 ** addressBits;
      const moved = (start + (down ? -1 : 1) * count * size + 2 * space) % space;
      const paging = mode === 64 ? { cr0: 0x8000_0011n, cr3: 0x1000, cr4: 0x20, efer: 0x500 } : {};
      const path = writeFixtureTrace({
        steps: [
          { rip: 0x1000, bytes: encode(given), mode, registers: { rcx: 0, rdi: moved } },
          { rip: 0x1010 },
        ],
        initial: {
          ...{ rcx: count, rdi: start, es_base: base, rflags: down ? 0x402 : 2 },
          ...paging,
        },
        pages,
      });
      using trace = Trace.open(path);
      const touched = new Set<number>();
      for (const each of trace.accesses({ gpa: 0, length: 2 * SPACE })) {
        if (each.step !== 0 || each.implied) continue;
        for (let byte = 0; byte < each.size; byte++) touched.add(each.gpa + byte);
      }
      t.deepEqual([...touched].sort(), [...naive(given)].sort());
    }),
    { numRuns: 60 },
  );
});

function table(...entries: [index: number, value: number][]): Uint8Array {
  const words = new BigInt64Array(512);
  for (const [index, value] of entries) words[index] = BigInt(value);
  return new Uint8Array(words.buffer);
}

test('half of a segment: the flag says which half', (t) => {
  for (const down of [false, true]) {
    const path = writeFixtureTrace({
      steps: [
        { rip: 0x100, bytes: 'f3aa', mode: 16, registers: { rcx: 0, rdi: 0xc000 } },
        { rip: 0x110 },
      ],
      initial: { rcx: 0x8000, rdi: 0x4000, rflags: down ? 0x402 : 2 },
    });
    using trace = Trace.open(path);
    const touches = (gpa: number): boolean =>
      [...trace.accesses({ gpa, length: 1 })].some((each) => each.writes);
    t.is(touches(0x8000), !down);
    t.is(touches(0x1000), down);
    t.is(touches(0xf000), down);
  }
});

test('what a difference may have come from is what is read, also beyond the wrap', (t) => {
  const uses = usesOf({
    ...{ id: 0, rip: 0n, address: 0n, mode: 16, text: '' },
    bytes: Buffer.from('f3a5', 'hex'), // rep movsw
  });
  const registers = (rflags: number): Parameters<typeof readRanges>[1] => {
    const values: Record<number, bigint> = { 2: 3n, 4: 0xfffen, 16: BigInt(rflags) };
    const low = (id: number): number => Number(values[id] ?? 0n);
    return {
      ...{ low, value: (id: number) => values[id] ?? 0n, generalLow: low, generalHigh: () => 0 },
      ...{ baseLow: () => 0x5_0000, baseHigh: () => 0, stackBits: () => 16 },
    } as unknown as Parameters<typeof readRanges>[1];
  };
  t.deepEqual(readRanges(uses, registers(2), 16), [
    { linear: 0x5_fffen, length: 2 },
    { linear: 0x5_0000n, length: 4 },
  ]);
  t.deepEqual(readRanges(uses, registers(0x402), 16), [{ linear: 0x5_fffan, length: 6 }]);
});
