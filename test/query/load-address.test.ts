/** Kernels that are linked high and loaded low, before and after they have their own page tables. */
import test from 'ava';
import { fileURLToPath } from 'node:url';
import { withPair } from '../helpers/diff-pair.js';
import { diffTraces } from '../../src/diff/diff.js';
import { indexTrace } from '../../src/derive/index-trace.js';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { accessesOf, changesOfMemory } from '../../src/query/searches.js';
import { stepsBefore, stepsFrom } from '../../src/query/step-search.js';
import type { StepSearch } from '../../src/query/step-search.js';
import { formatSymbol } from '../../src/trace/read/symbols.js';
import { unpackTrace } from '../../src/trace/pack/unpack.js';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

const hk = fileURLToPath(new URL('test/cases/symbols-at-load-address/hk.trace', packageRoot));
const KVAR = 0xffffffff80100083n;

function names(path: string): (string | undefined)[] {
  using trace = Trace.open(path);
  return [...trace.steps(0, trace.stepCount)].map(({ symbol }) => symbol && formatSymbol(symbol));
}

test('every step has its name, where the kernel was loaded and where it was linked', (t) => {
  const all = names(hk);
  t.is(all.length, 27);
  t.false(all.includes(undefined));
  t.deepEqual(all.slice(0, 7), [
    ...['_start', '_start+0x5', 'early', 'early+0x5', 'early+0xc', '_start+0xa', '_start+0xd'],
  ]);
  t.deepEqual([all[16], all[17], all[19]], ['_start+0x4c', 'kmain', 'kfun']);
});

test('a symbol is executed at either address, with an index and without', (t) => {
  const indexed = temporaryPath();
  unpackTrace(hk, indexed);
  indexTrace(indexed);
  for (const path of [hk, indexed]) {
    using trace = Trace.open(path);
    t.deepEqual([...trace.executions('_start')], [0]);
    t.deepEqual([...trace.executions('early')], [2]);
    t.deepEqual([...trace.executions('kmain')], [17]);
    t.is(trace.nthExecution('_start', 1), 0);
    t.is(trace.nthExecution('_start', 2), undefined);
    t.is(trace.lastExecution('early', 27), 2);
    t.is(trace.nextExecution('kfun', 0), 19);
  }
  t.regex(kvmtrace(['steps', hk, '--runs', '_start+5']).stdout, /^ *1 +_start\+0x5 /);
});

function both(trace: Trace, search: StepSearch): number[] {
  const forwards = [...stepsFrom(search, 0, 100)];
  return stepsBefore(search, trace.stepCount, 100).join() === forwards.join() ? forwards : [];
}

test('memory is searched through the page tables of each step', (t) => {
  using trace = Trace.open(hk);
  const search = (gva: bigint, of = accessesOf): number[] =>
    both(
      trace,
      trace.searchLinear(gva, 8, (range) => of(trace, range)),
    );
  t.deepEqual(search(KVAR), [19, 21]);
  t.deepEqual(search(KVAR, changesOfMemory), [21]);
  t.deepEqual(search(0x190000n), [3], 'by its low address');
  t.deepEqual(search(0xffffffff80190000n), [], 'what was accessed before it was mapped there');
  t.deepEqual(search(0x7fff00000000n), [], 'what is never mapped');
  const { stdout } = kvmtrace(['steps', hk, '--accesses', '[0xffffffff80100083]:8']);
  t.deepEqual(stdout.match(/^\d+/gm), ['19', '21']);
});

test('two address spaces in turns: the same address is other memory', (t) => {
  const table = (...entries: [number, number][]): Uint8Array => {
    const words = new BigInt64Array(512);
    for (const [index, value] of entries) words[index] = BigInt(value);
    return new Uint8Array(words.buffer);
  };
  const load = { rip: 0x1000, bytes: '8b03' }; // mov eax, [rbx]
  const turn = (cr3: number) => ({ rip: 0x1002, bytes: '0f22d8', registers: { cr3 } });
  const path = writeFixtureTrace({
    steps: [
      ...[load, turn(0x2000), load, turn(0x1000), load],
      // The page table of the first changes: 0x400000 lies at 0x9000 from step 6 on.
      { rip: 0x1005, bytes: '90', memory: [{ gpa: 0x7000, size: 8, value: 0x9003 }] },
      ...[load, turn(0x2000), load],
    ],
    initial: { cr0: 0x80000011n, cr3: 0x1000, cr4: 0x20, efer: 0x500, rbx: 0x40_0010 },
    slots: [{ gpa: 0, size: 0x10000 }],
    pages: {
      ...{ 1: table([0, 0x3003]), 2: table([0, 0x4003]) },
      ...{ 3: table([0, 0x5003]), 4: table([0, 0x6003]) },
      ...{ 5: table([2, 0x7003]), 6: table([2, 0x8003]) },
      ...{ 7: table([0, 0xa003]), 8: table([0, 0xb003]) },
    },
  });
  using trace = Trace.open(path);
  const at = (gpa: number): number[] => both(trace, accessesOf(trace, { gpa, length: 4 }));
  t.deepEqual([at(0xa010), at(0xb010), at(0x9010)], [[0, 4], [2, 8], [6]]);
  const linear = trace.searchLinear(0x40_0010n, 4, (range) => accessesOf(trace, range));
  t.deepEqual(both(trace, linear), [0, 2, 4, 6, 8]);
  t.is(linear.next(3), 4);
  t.is(linear.last(4), 2);
  t.is(linear.last(0), undefined);
});

test('a recording that ends before paging is on: by the entry, at a round distance', (t) => {
  const symbols = [
    { address: 0xc010_0000, size: 2, name: 'start' },
    { address: 0xc010_0002, size: 2, name: 'next' },
  ];
  const steps = [{ rip: 0x10_0000, bytes: '9090' }, { rip: 0x10_0003 }];
  const slots = [{ gpa: 0, size: 0x20_0000 }];
  const path = writeFixtureTrace({ steps, symbols, slots, meta: { entry: 0x10_0000 } });
  t.deepEqual(names(path), ['start', 'next+0x1']);
  const low = writeFixtureTrace({
    ...{ steps, slots, meta: { entry: 0x10_0000 } },
    symbols: [{ address: 0xc010_0020, size: 2, name: 'elsewhere' }],
  });
  t.deepEqual(names(low), [undefined, undefined], 'nothing tells');
});

test('compared with itself, all of a kernel is in its functions', (t) => {
  withPair(hk, hk, (pair) => {
    const { aligned } = diffTraces(pair, { mode: 'aligned' });
    t.deepEqual(aligned!.functions, []);
    t.deepEqual(
      aligned!.all.map(({ name }) => name).sort(),
      ['_start', 'early', 'kmain', 'kfun'].sort(),
    );
  });
});
