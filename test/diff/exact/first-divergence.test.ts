/** The first divergence is where plain SQL finds the first rows that differ, whatever was altered. */
import type { ExecutionContext } from 'ava';
import type { Divergence } from '../../../src/diff/exact/result.js';
import { parseIgnoreRules } from '../../../src/diff/ignore.js';
import { alterOneCell } from '../../helpers/altered-trace.js';
import { buildGuest, recordBuilt } from '../../helpers/built-guest.js';
import { compare } from '../../helpers/diff-pair.js';
import { recordTrace } from '../../helpers/guest.js';
import { kvmTest } from '../../helpers/kvm.js';
import { createRandom, type Random } from '../../helpers/random.js';
import { firstRowDifference } from '../../helpers/row-difference.js';
import { STRESS_LONG, STRESS_REAL } from '../../helpers/stress-guests.js';

/** `DIFF_ROUNDS=200 DIFF_SEED=7 npx ava test/diff/exact/first-divergence.test.ts` looks harder. */
const ROUNDS = Number(process.env['DIFF_ROUNDS'] ?? 8);
const SEED = Number(process.env['DIFF_SEED'] ?? 1);
/** Flags that the manual leaves undefined are bits as any other to SQL. */
const rules = parseIgnoreRules({ undefinedFlags: false });

/** Undefined: the two are the same. */
function firstDivergence(a: string, b: string, all: boolean): Divergence | undefined {
  const { exact, same } = compare(a, b, { rules, all });
  return same ? undefined : exact.groups[0]!.first;
}

function check(t: ExecutionContext, a: string, b: string, what: string): void {
  const expected = firstRowDifference(a, b);
  for (const all of [false, true]) {
    const there = firstDivergence(a, b, all);
    t.is(there?.stepA, expected, what);
    t.is(there?.stepB, expected, what);
    const back = firstDivergence(b, a, all);
    t.is(back?.stepA, expected, `${what}, the other way round`);
    t.deepEqual(back?.differences.map(turned), there?.differences, what);
  }
}

function turned({ a, b, ...what }: Divergence['differences'][number]): unknown {
  return { ...what, a: b, b: a };
}

function input(random: Random): string {
  const length = 60 + random(60);
  return Array.from({ length }, () => String.fromCharCode(0x20 + random(0x5f))).join('');
}

const GUESTS: Readonly<Record<string, () => Promise<string>>> = {
  'that reads COM1': () => recordBuilt(buildGuest('echo.c'), input(createRandom(11))),
  'that reads the time': () => recordBuilt(buildGuest('clock.c')),
  'in long mode with MMIO, REP and faults': () => recordTrace(STRESS_LONG, { maxSteps: 2900 }),
  'in real mode': () => recordTrace(STRESS_REAL, { maxSteps: 2900 }),
};

for (const [i, [name, record]] of Object.entries(GUESTS).entries()) {
  kvmTest(`one cell of a recording altered: a guest ${name}`, async (t) => {
    const random = createRandom(SEED * 1000 + i);
    const trace = await record();
    t.like(compare(trace, trace), { same: true });
    t.is(firstRowDifference(trace, trace), undefined);
    for (let round = 0; round < ROUNDS; round++) {
      const { path, what } = alterOneCell(trace, random);
      t.true(firstRowDifference(trace, path) !== undefined, what);
      check(t, trace, path, what);
    }
  });
}

kvmTest('one byte of input flipped', async (t) => {
  const random = createRandom(SEED * 77);
  const guest = buildGuest('echo.c');
  for (let round = 0; round < ROUNDS / 2; round++) {
    const bytes = Buffer.from(input(random), 'latin1');
    const a = await recordBuilt(guest, bytes.toString('latin1'));
    bytes[random(bytes.length)]! ^= 1 << random(7);
    const b = await recordBuilt(guest, bytes.toString('latin1'));
    t.true(firstRowDifference(a, b) !== undefined);
    check(t, a, b, `round ${round}`);
  }
});
