/** Calls of guests that leave functions in every way but by returning from them. */
import type { ExecutionContext } from 'ava';
import { Trace } from '../../src/query/trace.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { withMachine } from '../helpers/kept-machine.js';
import { fewer, kvmTest, longTest } from '../helpers/kvm.js';
import { STRESS_LONG, STRESS_REAL } from '../helpers/stress-guests.js';
import { chainsOf, checkCalls, type CallRow } from './call-rows.js';

/** -O1: calls at the end of a function stay calls. */
async function record(source: string): Promise<Trace> {
  const guest = buildGuest(source, { folder: 'derive', flags: ['-O1'] });
  return Trace.open(await recordBuilt(guest));
}

/** Nothing is under way at the end but what the trace began in. */
function allEnded(t: ExecutionContext, calls: readonly CallRow[]): void {
  t.deepEqual(
    calls.filter(({ ended }) => ended === 'open').map(({ kind }) => kind),
    ['start'],
  );
}

const ON_STACK = '_start > main > call_on';

longTest(
  'longjmp: over more than 1 MiB and 5000 calls, by JMP and RET, out of handlers',
  async (t) => {
    using trace = await record('unwinding.c');
    const calls = checkCalls(t, trace);
    allEnded(t, calls);
    t.deepEqual(chainsOf(calls, 'after'), {
      '_start > main > after': 5,
      [`${ON_STACK} > all_faults > faults > after`]: 9,
    });
    t.deepEqual(chainsOf(calls, 'work'), {
      '_start > main > catch_wide > work': 1,
      '_start > main > catch_narrow > work': 2,
      [`_start > main${' > nested'.repeat(11)} > work`]: 1,
      [`${ON_STACK} > all_faults > faults > catch_fault > work`]: 6,
    });
    for (const name of ['wide', 'narrow', 'back', 'back_by_ret', 'on_fault', 'on_probe']) {
      t.true(
        calls.every((call) => call.name !== name || call.ended === 'unwound'),
        name,
      );
    }
    t.is(calls.find(({ name }) => name === 'probe')?.ended, 'return');
  },
);

longTest('coroutines, threads and longjmp between stacks below and above each other', async (t) => {
  using trace = await record('stacks.c');
  const calls = checkCalls(t, trace);
  allEnded(t, calls);
  t.deepEqual(chainsOf(calls, 'after'), {
    '_start > main > after': 4,
    [`${ON_STACK} > all > after`]: 20,
    [`${ON_STACK} > all > coroutines > after`]: 12,
  });
  const work = chainsOf(calls, 'work');
  const mine = (chain: string): number | undefined => work[`${ON_STACK} > all > ${chain} > work`];
  t.is(mine('coroutines > consume'), 60);
  t.is(mine('coroutines > consume > take > generate (tail)'), 12);
  t.is(mine('coroutines > consume > take > generate (resume)'), 48);
  t.is(mine('threads > turn'), 20);
  t.is(mine('runners > lap'), 20);
  t.is(mine('catch'), 12);
  // A retpoline calls what its register held.
  t.is(mine('user > helper (tail)'), 4);
  t.is(mine('user'), 4);
  t.true(calls.every(({ depth }) => depth < 24));
});

longTest(
  'threads that the timer takes turns with, its handler on a stack of its own',
  async (t) => {
    using trace = await record('preempted.c');
    const calls = checkCalls(t, trace);
    allEnded(t, calls);
    t.deepEqual(chainsOf(calls, 'after'), {
      '_start > main > after': 3,
      [`${ON_STACK} > mine > after`]: 3,
    });
    t.true(calls.some(({ name, kind }) => name === 'thread' && kind === 'resume'));
    t.true(calls.every(({ depth }) => depth < 24));
    for (const call of calls.filter(({ name }) => name === 'tick')) {
      t.is(call.parent?.name, 'common');
    }
  },
);

for (const [name, guest] of [
  ['long mode', STRESS_LONG],
  ['real mode', STRESS_REAL],
] as const) {
  kvmTest(`calls add up without symbols and with exceptions and interrupts: ${name}`, async (t) => {
    await withMachine(guest, 'auto', async ({ output }, record) => {
      await record(fewer(20_000));
      using trace = Trace.open(output);
      checkCalls(t, trace);
    });
  });
}

longTest('calls of coroutines and handlers add up without symbols, too', async (t) => {
  for (const source of ['unwinding.c', 'stacks.c', 'preempted.c']) {
    const options = { folder: 'derive', flags: ['-O1'], strip: true };
    using trace = Trace.open(await recordBuilt(buildGuest(source, options)));
    const calls = checkCalls(t, trace);
    allEnded(t, calls);
    t.true(calls.every(({ depth }) => depth < (source === 'unwinding.c' ? 5010 : 40)));
  }
});
