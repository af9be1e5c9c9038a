/** Questions about accesses, held against a list of them. */
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { indexTrace } from '../../src/derive/index-trace.js';
import type { AccessFilter } from '../../src/query/access-units.js';
import type { MemoryAccess } from '../../src/query/accesses.js';
import { KvmtraceError } from '../../src/base/errors.js';
import { Trace } from '../../src/query/trace.js';
import { writeFixtureTrace, type FixtureStep } from '../helpers/fixture-trace.js';
import { createRandom } from '../helpers/random.js';

const STEPS = 4000;
const SEED = 11;
/** Bytes of an instruction that accesses [rbx] (the string instruction: [rdi]), and what it does. */
const KINDS = [
  ['8a03', 1, 'r'], // mov al, [rbx]
  ['488b03', 8, 'r'], // mov rax, [rbx]
  ['0f1003', 16, 'r'], // movups xmm0, [rbx]
  ['8803', 1, 'w'], // mov [rbx], al
  ['488903', 8, 'w'], // mov [rbx], rax
  ['480103', 8, 'rw'], // add [rbx], rax
  ['f3aa', 200, 'w'], // rep stosb
] as const;

/** Random accesses within three lines, most of them to few bytes, and what they are. */
function randomAccesses(): { path: string; all: MemoryAccess[] } {
  const random = createRandom(SEED);
  const steps: FixtureStep[] = [];
  const all: MemoryAccess[] = [];
  let next = 0x5000;
  for (let step = 0; step < STEPS; step++) {
    const [bytes, size, uses] = KINDS[random(random(10) === 0 ? KINDS.length : 5)]!;
    const gpa = next;
    // The hot bytes are those of one slot; the others are rare.
    next = random(8) === 0 ? 0x5000 + random(180) : 0x5040;
    const string = bytes === 'f3aa';
    steps.push({
      ...{ rip: 0x1000, bytes, text: bytes },
      registers: { rbx: next, rdi: string ? gpa + size : next, rcx: string ? 0 : size },
    });
    if (string) steps.push({ rip: 0x1000, bytes: '90', registers: { rdi: next, rcx: 200 } });
    all.push({
      ...{ step: steps.length - (string ? 2 : 1), gpa, size },
      ...{ reads: uses !== 'w', writes: uses !== 'r', silent: uses !== 'r', implied: false },
    });
  }
  // A repeated store goes through rcx, which the ones before have set.
  for (const [i, { bytes }] of steps.entries()) {
    if (bytes === 'f3aa' && i > 0) {
      steps[i - 1] = {
        ...steps[i - 1]!,
        registers: { ...steps[i - 1]!.registers, rcx: 200 },
      };
    }
  }
  const initial = { rbx: 0x5000, rdi: 0x5000, rcx: 200 };
  return { path: writeFixtureTrace({ steps, initial }), all };
}

const FILTERS: readonly AccessFilter[] = [
  {},
  { reads: true },
  { writes: true },
  { reads: true, writes: true },
  { reads: false },
  { writes: false },
];

const { path, all } = randomAccesses();
const order = (a: MemoryAccess, b: MemoryAccess): number =>
  a.step - b.step || a.gpa - b.gpa || a.size - b.size;

for (const indexed of [false, true]) {
  test.serial(`the last, the next and all accesses ${indexed ? 'by an index' : 'without'}`, (t) => {
    if (indexed) indexTrace(path);
    using trace = Trace.open(path);
    const random = createRandom(SEED + 1);
    for (let i = 0; i < 1500; i++) {
      const range = { gpa: 0x5000 + random(200), length: 1 + random(random(2) === 0 ? 8 : 150) };
      const step = random(trace.stepCount + 1);
      const filter = FILTERS[i % FILTERS.length]!;
      const passes = all
        .filter(({ gpa, size }) => gpa < range.gpa + range.length && gpa + size > range.gpa)
        .filter(({ reads }) => (filter.reads ?? reads) === reads)
        .filter(({ writes }) => (filter.writes ?? writes) === writes)
        .sort(order);
      const what = JSON.stringify({ range, step, filter });
      const before = passes.filter((each) => each.step < step);
      const after = passes.filter((each) => each.step >= step);
      t.deepEqual(trace.lastAccess(range, step, filter), before.at(-1), what);
      t.deepEqual(trace.nextAccess(range, step, filter), after[0], what);
      if (i % 50 === 0) {
        t.deepEqual(trace.accesses(range, 0, step, filter), before);
        t.deepEqual(trace.accesses(range, step, trace.stepCount, filter), after);
      }
    }
  });
}

test.serial('a range of gigabytes is answered at once', (t) => {
  using trace = Trace.open(path);
  const everything = { gpa: 0, length: 2 ** 40 };
  const start = performance.now();
  t.is(trace.lastAccess(everything, 2000)?.step, all.findLast(({ step }) => step < 2000)!.step);
  t.is(trace.nextAccess(everything, 2000)?.step, all.find(({ step }) => step >= 2000)!.step);
  t.is(
    trace.lastAccess(everything, 2000, { reads: true })?.step,
    all.findLast(({ step, reads }) => step < 2000 && reads)!.step,
  );
  t.true(performance.now() - start < 2000);
});

test.serial('a rare byte among hot ones is found without unpacking what is between', (t) => {
  const database = new Sqlite(path);
  // What has to be unpacked to answer would now be an error.
  const rare = all.filter(({ gpa, size }) => gpa <= 0x5060 && gpa + size > 0x5060 && size < 65);
  const last = rare.at(-1)!;
  database
    .prepare(
      `UPDATE access_run SET accesses = '?' WHERE unit >= 0 AND NOT first_step <= ${last.step}`,
    )
    .run();
  database.close();
  using trace = Trace.open(path);
  const found = trace.lastAccess({ gpa: 0x5060, length: 1 }, trace.stepCount, { reads: true });
  t.is(found?.step, all.findLast((each) => rare.includes(each) && each.reads)?.step);
});

test.serial('an index by an older kvmtrace, with other columns, is no index', (t) => {
  const old = writeFixtureTrace({ steps: [{ rip: 0x1000, bytes: '488b03' }] });
  indexTrace(old);
  const database = new Sqlite(old);
  database.exec(`
    UPDATE meta SET value = 1 WHERE key = 'derived_version';
    DROP TABLE access_run;
    CREATE TABLE access_run (id INTEGER PRIMARY KEY, unit INTEGER NOT NULL, accesses TEXT) STRICT`);
  database.close();
  {
    using trace = Trace.open(old);
    t.false(trace.hasIndex);
    t.is(trace.accesses({ gpa: 0, length: 8 }).length, 1);
  }
  indexTrace(old);
  using trace = Trace.open(old);
  t.true(trace.hasIndex);
});

test('refuses what is no step, address or length', (t) => {
  using trace = Trace.open(
    writeFixtureTrace({ steps: [{ rip: 0x1000, bytes: '8a03', registers: { rbx: 0x5000 } }] }),
  );
  const range = { gpa: 0x5000, length: 8 };
  const refused = (ask: () => unknown): void => {
    t.throws(ask, { instanceOf: KvmtraceError, message: /integer/ }, String(ask));
  };
  const ranges = [NaN, -1, 0.5, Infinity].flatMap((bad) => [
    { gpa: bad, length: 8 },
    { gpa: 0x5000, length: bad },
  ]);
  for (const bad of [...ranges, { gpa: 0x5000, length: 0 }]) {
    refused(() => trace.accesses(bad));
    refused(() => trace.lastAccess(bad, 1));
    refused(() => trace.nextAccess(bad, 0));
    refused(() => trace.lastMemoryWrite(bad, 1));
    refused(() => trace.nextMemoryWrite(bad, 0));
  }
  for (const bad of [NaN, -1, 0.5, Infinity]) {
    refused(() => trace.accesses(range, bad));
    refused(() => trace.accesses(range, 0, bad));
    refused(() => trace.lastAccess(range, bad));
    refused(() => trace.nextAccess(range, bad));
    refused(() => trace.lastMemoryWrite(range, bad));
    refused(() => trace.nextMemoryWrite(range, bad));
  }
  t.is(trace.lastAccess(range, 5), undefined);
});
