/** Which function code belongs to, and what it is called on the other side. */
import test from 'ava';
import { anyNumber } from '../../../src/diff/aligned/model/normalize.js';
import { changedCode, compareBuilds, recordBuild } from '../../helpers/builds.js';
import { kvmtrace, type CliResult } from '../../helpers/cli.js';
import { kvmTest } from '../../helpers/kvm.js';

test('a number that a branch asks for is any number, the width of a register is none', (t) => {
  t.is(anyNumber('cmp %32, 0x14'), 'cmp %32, #');
  t.is(anyNumber('cmp %32, 7'), 'cmp %32, #');
  t.not(anyNumber('test %64, %64'), anyNumber('test %32, %32'));
});

kvmTest('a part that seldom runs belongs to its function', async (t) => {
  const apart = await recordBuild('cold.c', ['-O2']);
  const whole = await recordBuild('cold.c', ['-O2', '-fno-reorder-blocks-and-partition']);
  for (const { aligned, same } of [compareBuilds(apart, whole), compareBuilds(whole, apart)]) {
    t.true(same);
    t.deepEqual(
      aligned.all.map(({ name }) => name),
      ['_start', 'work', 'complain', 'main'],
    );
  }
});

for (const flags of [[], ['-DTYPED']]) {
  kvmTest(`labels without a type are functions if they are called ${flags.join()}`, async (t) => {
    const a = await recordBuild('labels.S', flags);
    const b = await recordBuild('labels.S', [...flags, '-DEXTRA']);
    const { aligned } = compareBuilds(a, b);
    const counts = new Map(aligned.all.map((each) => [each.name, each.a?.calls]));
    t.deepEqual([...counts], [['_start', 1], ['main', 1], ['work', 1], ['leaf', 20]]); // prettier-ignore
    t.deepEqual(aligned.calls, []);
    t.deepEqual(changedCode(compareBuilds(a, b)), ['work']);
  });
}

kvmTest('functions and variables have the names of their source, and answer to them', async (t) => {
  const a = await recordBuild('mangled.c', ['-O1']);
  const b = await recordBuild('mangled.c', ['-O1', '-DPRICE=5']);
  const { aligned } = compareBuilds(a, b);
  t.true(aligned.all.some(({ name }) => name === 'Shop::sell(int)'));
  t.deepEqual(
    aligned.memory!.differences.map(({ name }) => name),
    ['Shop::total'],
  );
  const gate = (name: string): CliResult => kvmtrace(['diff', a, b, '--function', `${name}=50%`]);
  for (const name of ['Shop::sell(int)', 'Shop::sell', '_ZN4Shop4sellEi']) {
    t.regex(gate(name).stdout, /Shop::sell/, name);
  }
  t.regex(gate('Shop::sel').stderr, /of that name \(did you mean Shop::sell\(int\)\?\)\.$/m);
  const raw = kvmtrace(['diff', a, b, '--no-demangle', '--function', 'Shop::sell=50%']);
  t.regex(raw.stdout, /_ZN4Shop4sellEi/);
  t.notRegex(raw.stdout, /Shop::total/);
});

kvmTest('without symbols callbacks are functions of their own', async (t) => {
  const a = await recordBuild('desk.c', ['-O2'], { strip: true });
  const b = await recordBuild('desk.c', ['-O2', '-DLESS=<='], { strip: true });
  const named = compareBuilds(
    await recordBuild('desk.c', ['-O2']),
    await recordBuild('desk.c', ['-O2', '-DLESS=<=']),
  );
  const counts = ({ aligned }: ReturnType<typeof compareBuilds>): string[] =>
    aligned.calls.map((each) => `${each.a} -> ${each.b}`).sort();
  t.true(named.aligned.calls.some(({ callee }) => callee === 'by_value'));
  t.deepEqual(counts(compareBuilds(a, b)), counts(named));
});

kvmTest('without symbols a large constant is no address', async (t) => {
  const a = await recordBuild('shop.c', ['-O2', '-DLIMIT=5000'], { strip: true });
  const b = await recordBuild('shop.c', ['-O2', '-DLIMIT=6000'], { strip: true });
  t.is(changedCode(compareBuilds(a, b)).length, 1);
});

kvmTest('symbols on one side alone make no code differ', async (t) => {
  const a = await recordBuild('desk.c', ['-O2']);
  const b = await recordBuild('desk.c', ['-O2'], { strip: true });
  for (const result of [compareBuilds(a, b), compareBuilds(b, a)]) {
    t.is(result.aligned.by, 'code');
    t.true(result.same);
  }
});

kvmTest('texts and tables without symbols: what they hold counts, not where', async (t) => {
  const a = await recordBuild('desk.c', ['-O2']);
  const moved = await recordBuild('desk.c', ['-O2', '-falign-functions=64']);
  t.true(compareBuilds(a, moved).same);
  const other = await recordBuild('desk.c', ['-O2', '-DGREETING="hello "']);
  t.deepEqual(changedCode(compareBuilds(a, other)), ['main']);
});
