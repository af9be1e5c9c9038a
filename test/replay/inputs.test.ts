import { kvmTest } from '../helpers/kvm.js';
import { LONG, PROTECTED, REAL, TRIPLE_FAULT, type SourceGuest } from './guests.js';
import { ask, askAll, recordSource, replayFile } from './recorded.js';

const GUESTS: readonly SourceGuest[] = [REAL, PROTECTED, LONG];

for (const guest of GUESTS) {
  for (const dirty of ['ring', 'log'] as const) {
    kvmTest(
      `a ${guest.mode}-mode guest with all inputs replays identically (${dirty})`,
      async (t) => {
        const path = await recordSource(guest, { dirty });
        t.is(ask(path, "SELECT value = 'hlt' FROM meta WHERE key = 'stop_reason'"), 1);
        t.true(ask(path, "SELECT count(*) FROM interruption WHERE kind = 'interrupt'") >= 3);
        const outcome = await replayFile(path, { dirty });
        t.is(outcome.divergence, undefined);
        t.is(outcome.start, 0);
        t.is(outcome.steps, ask(path, 'SELECT count(*) FROM step'));
        // The counter, bytes of COM1, interrupts.
        t.true(outcome.inputs >= 6, `${outcome.inputs} inputs`);
      },
    );
  }

  kvmTest(`a ${guest.mode}-mode guest replays from each snapshot`, async (t) => {
    const path = await recordSource(guest, { snapshotEvery: 41 });
    const steps = ask(path, 'SELECT count(*) FROM step');
    for (let from = 0; from < steps; from += 41) {
      const outcome = await replayFile(path, { from, to: Math.min(steps, from + 90) });
      t.deepEqual(outcome.divergence, undefined, `from ${from}`);
      t.is(outcome.start, from);
    }
  });
}

kvmTest('what is delivered right after a snapshot is delivered in a replay from it', async (t) => {
  const path = await recordSource(LONG, { snapshotEvery: 1, maxSteps: 120 });
  const states = askAll(path, 'SELECT DISTINCT step FROM interruption ORDER BY step');
  t.true(states.length >= 4);
  for (const from of states) {
    const outcome = await replayFile(path, { from, to: Math.min(120, from + 3) });
    t.deepEqual(outcome.divergence, undefined, `from ${from}`);
    t.is(outcome.start, from);
  }
});

kvmTest('a trace of one dirty mode replays with the other', async (t) => {
  const path = await recordSource(LONG, { dirty: 'log' });
  t.is((await replayFile(path, { dirty: 'ring' })).divergence, undefined);
});

kvmTest('a trace of one loop replays with the other', async (t) => {
  for (const bursts of [true, false]) {
    const path = await recordSource(LONG, { bursts });
    t.is((await replayFile(path, { bursts: !bursts })).divergence, undefined);
  }
});

kvmTest('a triple fault at the end happens again', async (t) => {
  const path = await recordSource(TRIPLE_FAULT);
  t.is(ask(path, "SELECT value = 'shutdown' FROM meta WHERE key = 'stop_reason'"), 1);
  t.is((await replayFile(path)).divergence, undefined);
});
