/** Guests that were linked for other addresses than those where they run. What is right is gdb's word. */
import test from 'ava';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../src/base/package-root.js';
import { Trace } from '../../../src/query/trace.js';
import { LoadMap } from '../../../src/trace/read/load-map.js';
import { formatSymbol } from '../../../src/trace/read/symbols.js';
import { kvmtrace } from '../../helpers/cli.js';
import { temporaryPath, writeFixtureTrace, type Fixture } from '../../helpers/fixture-trace.js';
import { kvmTest } from '../../helpers/kvm.js';

/** gdb's `info symbol` of test/cases/symbols-linked-elsewhere, by the distance from the first byte. */
const BY_GDB: Readonly<Record<number, string | undefined>> = {
  ...{ 0: '_start', 7: '_start+0x7', 0x25: '_start+0x25', 0x26: 'unsized' },
  ...{ 0x27: 'mid_label', 0x28: 'mid_label+0x1', 0x29: 'foo::bar(int)' },
  ...{ 0x2a: 'foo::bar(int)+0x1', 0x30: 'foo::bar(int)+0x7', 0x31: 'mycrate::foo::bar' },
  // Of the two at one address gdb takes the weak one, addr2line, and we, the global.
  ...{ 0x32: 'real_f', 0x33: 'real_f+0x1', 0x34: undefined, 0x36: 'buf', 0x3e: undefined },
};

const LINKED = { low: 0x40_0000n, 'above-4g': 0x1_4000_0000n };

for (const [name, linkedAt] of Object.entries(LINKED)) {
  kvmTest(`symbols linked at 0x${linkedAt.toString(16)} name what runs at 0x100000`, (t) => {
    const path = temporaryPath();
    const guest = fileURLToPath(
      new URL(`test/cases/symbols-linked-elsewhere/${name}.elf`, packageRoot),
    );
    t.is(kvmtrace(['record', guest, '-o', path]).code, 0);
    using trace = Trace.open(path);
    const nameAt = (address: bigint): string | undefined => {
      const found = trace.symbolAt(address);
      return found && formatSymbol(found);
    };
    for (const [offset, right] of Object.entries(BY_GDB)) {
      t.is(nameAt(0x10_0000n + BigInt(offset)), right, `loaded, ${offset}`);
      t.is(nameAt(linkedAt + BigInt(offset)), right, `linked, ${offset}`);
    }
    t.true([...trace.steps(0, trace.stepCount)].every(({ symbol }) => symbol !== undefined));
    t.is(trace.nthExecution('foo::bar(int)', 1), 6);
    t.is(trace.nthExecution('foo::bar', 1), 6, 'without its parameters');
    t.is(trace.nthExecution('_ZN3foo3barEi', 1), 6, 'as the linker knows it');
    // It never has page tables of its own: the variable is where it was loaded.
    t.regex(
      kvmtrace(['steps', path, '--accesses', '[buf]:1']).stdout,
      /^14 .* \[0x100036\]:1 wrote 0 \(unchanged\)\n$/,
    );
    const raw = kvmtrace(['steps', path, '--runs', 'foo::bar', '--no-demangle']).stdout;
    t.regex(raw, /^ *6 +_ZN3foo3barEi /);
    const sql = "SELECT sym(0x10002a), demangle(name) FROM symbol WHERE name LIKE '_ZN%'";
    const rows = kvmtrace(['query', path, sql, '--format', 'csv']).stdout;
    t.regex(rows, /\r\nfoo::bar\(int\)\+0x1,foo::bar\(int\)\r\n$/);
  });
}

const steps = [{ rip: 0x10_0000, bytes: '9090' }, { rip: 0x10_0002 }, { rip: 0x10_1000 }];

function names(fixture: Partial<Fixture>): (string | undefined)[] {
  using trace = Trace.open(writeFixtureTrace({ steps, ...fixture }));
  return [...trace.steps(0, 3)].map(({ symbol }) => symbol && formatSymbol(symbol));
}

test('each segment has a distance of its own, and a symbol ends with its segment', (t) => {
  const symbols = [
    { address: 0x10_0000, size: 0, name: 'boot' },
    { address: 0xffffffff80001000n, size: 0, name: 'kernel' },
  ];
  const segments = '0x100000@0x100000+0x100 0xffffffff80001000@0x101000+0x1000';
  t.deepEqual(names({ symbols, meta: { segments } }), ['boot', 'boot+0x2', 'kernel']);
  t.deepEqual(names({ symbols: symbols.slice(0, 1), meta: { segments } }), [
    ...['boot', 'boot+0x2', undefined],
  ]);
  t.deepEqual(names({ symbols: symbols.slice(0, 1) }), ['boot', 'boot+0x2', 'boot+0x1000']);
});

test('guests at high addresses: executions, calls and SQL count their addresses unsigned', (t) => {
  const top = 0xffffffff80000000n;
  const path = writeFixtureTrace({
    initial: { rsp: 0x8000 },
    symbols: [
      { address: top, size: 5, name: 'start' },
      { address: top + 0x10n, size: 0, name: '_ZN1kC1Ev' },
      { address: top + 0x10n, size: 2, name: '_ZN1kC2Ev' },
    ],
    steps: [
      { rip: top, bytes: 'e80b000000', registers: { rsp: 0x7ff8 } },
      { rip: top + 0x10n, bytes: 'c3', registers: { rsp: 0x8000 } },
      { rip: top + 5n },
    ],
  });
  using trace = Trace.open(path);
  t.deepEqual(
    trace.hotFunctions().map(({ symbol }) => symbol && formatSymbol(symbol)),
    [...['start', 'k::k()']],
  );
  t.deepEqual([...trace.executions('k::k')], [1], 'the two names of a constructor are one');
  t.is(trace.nthExecution(top + 5n, 1), 2);
});

test('what no recorder writes there tells nothing', (t) => {
  for (const text of ['', 'x', '0x1@0x2', '0x1@0x2+0x3 ', '0x1@0x2+0x11112222333344445']) {
    t.is(LoadMap.parse(text), undefined, text);
  }
  t.is(LoadMap.parse(7n), undefined);
  t.is(LoadMap.parse(Array<string>(5000).fill('0x1@0x2+0x3').join(' ')), undefined);
  const ranges = [{ linkedAt: 0xffffffff80100000n, gpa: 0x10_0000n, size: 0x3000n }];
  const text = LoadMap.format(ranges);
  t.is(text, '0xffffffff80100000@0x100000+0x3000');
  const map = LoadMap.parse(text)!;
  t.is(map.linked(0x10_0010n), 0xffffffff80100010n);
  t.is(map.loaded(0xffffffff80100010n), 0x10_0010n);
  t.is(map.linked(0x10_3000n), undefined);
});
