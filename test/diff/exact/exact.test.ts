/** Pairs of recordings of one build whose true difference is known. */
import test from 'ava';
import { diffTraces, type DiffOptions, type DiffResult } from '../../../src/diff/diff.js';
import { parseIgnoreRules } from '../../../src/diff/ignore.js';
import { Side, type Pair } from '../../../src/diff/side.js';
import { buildGuest, recordBuilt } from '../../helpers/built-guest.js';
import { kvmTest } from '../../helpers/kvm.js';

function withPair<T>(a: string, b: string, use: (pair: Pair) => T): T {
  using sideA = new Side(a);
  using sideB = new Side(b);
  return use({ a: sideA, b: sideB });
}

function compare(a: string, b: string, options: DiffOptions = {}): DiffResult {
  return withPair(a, b, (pair) => diffTraces(pair, options));
}

/** Where the first byte that differs is read: `Trace` of the step's place and registers. */
function place(path: string, step: number): string {
  using side = new Side(path);
  return side.place(side.instruction(step)!.address);
}

kvmTest('two recordings of the same guest and input are the same by their hashes', async (t) => {
  const guest = buildGuest('echo.c');
  const result = compare(
    await recordBuilt(guest, 'hello 42'),
    await recordBuilt(guest, 'hello 42'),
  );
  t.true(result.same);
  t.is(result.exact?.by, 'hashes');
  t.regex(result.verdict, /^same: \d+ steps/);
});

kvmTest(
  'one flipped input byte: the read is the place and the cause, classify the branch',
  async (t) => {
    const guest = buildGuest('echo.c');
    const a = await recordBuilt(guest, 'hello 42 w');
    const b = await recordBuilt(guest, 'hello 4x w');
    const { exact, same } = compare(a, b);
    t.false(same);
    const [group] = exact!.groups;
    t.like(group!.cause, { kind: 'input', what: 'port 0x3f8', a: "32 '2'", b: "78 'x'" });
    t.is(group!.cause.stepA, group!.first.stepA);
    t.regex(place(a, group!.first.stepA), /^read_byte/);
    t.deepEqual(
      group!.first.differences.map(({ kind }) => kind),
      ['port', 'register'],
    );
    t.regex(place(a, group!.branch!.stepA), /^classify/);
    t.truthy(group!.branch!.resync);
  },
);

kvmTest('--all merges what follows from one byte, and tells two bytes apart', async (t) => {
  const guest = buildGuest('echo.c');
  const a = await recordBuilt(guest, 'hello 42 world');
  const one = compare(a, await recordBuilt(guest, 'hello 4x world'), { all: true });
  t.is(one.exact!.groups.length, 1);
  const two = compare(a, await recordBuilt(guest, 'hello 4x wor1d'), { all: true });
  t.is(two.exact!.groups.length, 2);
  t.deepEqual(
    two.exact!.groups.map(({ cause }) => cause.b),
    ["78 'x'", "31 '1'"],
  );
});

kvmTest('the order of the traces does not change the place', async (t) => {
  const guest = buildGuest('echo.c');
  const a = await recordBuilt(guest, 'hello 42 w');
  const b = await recordBuilt(guest, 'hello 4x w');
  const ab = compare(a, b).exact!.groups[0]!;
  const ba = compare(b, a).exact!.groups[0]!;
  t.is(ab.first.stepA, ba.first.stepB);
  t.is(ab.first.stepB, ba.first.stepA);
  t.is(ab.branch!.stepA, ba.branch!.stepB);
  t.is(ab.cause.a, ba.cause.b);
});

kvmTest('a guest that reads the time: the counter is the cause', async (t) => {
  const guest = buildGuest('clock.c');
  const a = await recordBuilt(guest);
  const b = await recordBuilt(guest);
  const { exact, same } = compare(a, b);
  t.false(same);
  t.like(exact!.groups[0]!.cause, { kind: 'input', what: 'tsc' });
  t.regex(place(a, exact!.groups[0]!.first.stepA), /^now/);
});

kvmTest('--ignore-input tsc hides what follows from the counter', async (t) => {
  const guest = buildGuest('clock.c');
  const rules = parseIgnoreRules({ inputs: ['tsc'] });
  const a = await recordBuilt(guest);
  const b = await recordBuilt(guest);
  const { exact, same } = compare(a, b, { rules, all: true });
  t.true(same);
  t.is(exact!.ignored.length, 4);
  t.is(exact!.ignored[0]!.what, 'tsc');
});

kvmTest('an ignored input that decides a branch is reported there', async (t) => {
  const guest = buildGuest('clock.c', { flags: ['-O2', '-DBRANCH'] });
  const rules = parseIgnoreRules({ inputs: ['tsc'] });
  const a = await recordBuilt(guest);
  const b = await recordBuilt(guest);
  const { exact } = compare(a, b, { rules });
  t.like(exact!.groups[0]!.cause, { kind: 'input', what: 'tsc' });
  t.regex(place(a, exact!.groups[0]!.first.stepA), /^main/);
  t.is(exact!.groups[0]!.first.differences[0]!.kind, 'control');
});

kvmTest('--ignore-port hides an input byte that decides nothing', async (t) => {
  const guest = buildGuest('echo.c');
  const a = await recordBuilt(guest, 'ab');
  const b = await recordBuilt(guest, 'ac');
  t.false(compare(a, b).same);
  const rules = parseIgnoreRules({ ports: ['0x3f8', '0xe9'] });
  t.true(compare(a, b, { rules }).same);
  const input = compare(a, b, { rules: parseIgnoreRules({ ports: ['0x3f8'] }) });
  t.true(input.same);
  t.deepEqual(input.exact!.hidden, [{ kind: 'port', address: 0xe9, count: 1 }]);
  t.regex(input.verdict, /but for what is ignored, which changes 1 write to port 0xe9$/);
  t.deepEqual(compare(a, b, { rules }).exact!.hidden, [], 'what is asked for is not counted');
});

kvmTest('a recording that ended earlier differs at its end', async (t) => {
  const guest = buildGuest('echo.c');
  const a = await recordBuilt(guest, 'ab');
  const b = await recordBuilt(guest, 'ab', 50);
  const { exact, same } = compare(a, b);
  t.false(same);
  t.is(exact!.groups[0]!.first.stepA, 49);
  t.is(exact!.groups[0]!.cause.kind, 'end');
});

kvmTest('one changed constant: the code is the cause, in either order', async (t) => {
  const a = await recordBuilt(buildGuest('constant.c', { flags: ['-O2', '-DCONSTANT=3'] }));
  const b = await recordBuilt(buildGuest('constant.c', { flags: ['-O2', '-DCONSTANT=5'] }));
  const { exact } = compare(a, b);
  t.true(exact!.initial.some(({ name }) => name.includes('factor')));
  const [group] = exact!.groups;
  t.is(group!.cause.kind, 'initial-memory');
  t.regex(group!.cause.what, /factor/);
  t.regex(place(a, group!.first.stepA), /^scale/);
});

test('rules that name nothing are refused', (t) => {
  t.throws(() => parseIgnoreRules({ memory: ['what'] }), { message: /no range/ });
  t.throws(() => parseIgnoreRules({ ports: ['com1'] }), { message: /not a number/ });
  t.throws(() => parseIgnoreRules({ ports: ['70000'] }), { message: /no port/ });
  t.notThrows(() => parseIgnoreRules({ ports: ['0xffff'], memory: ['0xffffffffff000:0x1000'] }));
  for (const range of ['0x10000000000000:1', '0xffffffffff000:0x1001', '0-0x10000000000000']) {
    t.throws(() => parseIgnoreRules({ memory: [range] }), { message: /52 bits/ });
  }
  t.throws(() => parseIgnoreRules({ inputs: ['time'] }), { message: /is no input/ });
});
