/** Traces that end otherwise: no two of these are the same. */
import test from 'ava';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { compare, compareFixtures } from '../helpers/diff-pair.js';
import type { Fixture, FixtureStep } from '../helpers/fixture-trace.js';
import { kvmTest } from '../helpers/kvm.js';

function nops(count: number, more: Partial<Fixture> = {}): Fixture {
  const steps = Array.from({ length: count }, (_, i): FixtureStep => ({ rip: 0x1000 + i }));
  return { steps, ...more };
}

const CUT = { meta: { stop_reason: 'max-steps' } };

kvmTest('a recording cut at any step, whole chunks of hashes too, is not the same', async (t) => {
  const guest = buildGuest('echo.c');
  const input = 'hello 42 world '.repeat(12);
  const whole = await recordBuilt(guest, input);
  for (const steps of [1, 1023, 1024, 1025, 2048]) {
    const cut = await recordBuilt(guest, input, steps);
    for (const all of [false, true]) {
      const { exact, same, passed, verdict } = compare(whole, cut, { all });
      t.false(same || passed, `${steps} steps`);
      t.is(exact.groups.length, 1);
      const [group] = exact.groups;
      t.like(group!.cause, { kind: 'end', a: 'goes on', b: 'ended (max-steps)' });
      t.is(group!.first.stepA, steps - 1);
      t.is(group!.branch, undefined);
      t.is(verdict, `different: after step ${steps - 1}, a goes on, b ended (max-steps)`);
      t.is(compare(cut, whole, { all }).exact.groups[0]!.first.stepB, steps - 1);
      t.true(compare(cut, cut).same);
    }
  }
});

test('a recording that was killed before its first step is the same as no other', (t) => {
  const killed = nops(0, { incomplete: true });
  const { exact, same, verdict } = compareFixtures(nops(3), killed);
  t.false(same);
  t.like(exact.groups[0]!.cause, { kind: 'end', stepA: -1, a: 'goes on', b: 'ended (incomplete)' });
  t.is(verdict, 'different: before the first step, a goes on, b ended (incomplete)');
  t.false(compareFixtures(killed, nops(3)).same);
  t.true(compareFixtures(killed, killed).same);
});

test('as many steps, but another end: different', (t) => {
  const { exact, same } = compareFixtures(nops(3), nops(3, { meta: { stop_reason: 'shutdown' } }));
  t.false(same);
  t.is(exact.groups[0]!.first.stepA, 2);
  t.deepEqual(exact.groups[0]!.first.differences, [
    { kind: 'end', a: 'ended (hlt)', b: 'ended (shutdown)' },
  ]);
  t.false(compareFixtures(nops(3), nops(3, { incomplete: true })).same);
  t.true(compareFixtures(nops(3, CUT), nops(3, CUT)).same);
});

test('an end that an input decides has the input as its cause, a cut has not', (t) => {
  const fixture = (byte: string, more: FixtureStep[], meta = {}): Fixture => ({
    meta,
    steps: [
      {
        ...{ rip: 0x1000, bytes: 'ec', text: 'in al, dx', in: [0x3f8, byte] },
        registers: { rax: byte.charCodeAt(0), rdx: 0x3f8 },
      },
      { rip: 0x1001, bytes: '89c2', text: 'mov edx, eax', registers: { rdx: byte.charCodeAt(0) } },
      { rip: 0x1003, bytes: 'ee', text: 'out dx, al', out: [byte.charCodeAt(0), byte] },
      ...more,
    ],
  });
  const on = [{ rip: 0x1004 }, { rip: 0x1005 }];
  const exits = { stop_reason: 'debug-exit' };
  const own = compareFixtures(fixture('\xf4', [], exits), fixture('\xf5', on), { all: true });
  t.deepEqual(
    own.exact.groups.map(({ cause }) => cause.kind),
    ['input'],
  );
  t.is(own.exact.groups[0]!.branch!.stepA, 2);
  const cut = compareFixtures(fixture('\xf4', [], CUT.meta), fixture('\xf5', on), { all: true });
  t.deepEqual(
    cut.exact.groups.map(({ cause }) => cause.kind),
    ['input', 'end'],
  );
});
