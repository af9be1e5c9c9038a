/** The flight recorder, on real KVM. */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { replay } from '../../src/replay/replayer.js';
import { openTrace } from '../../src/trace/read/open.js';
import { recordTrace, type GuestRecordOptions } from '../helpers/guest.js';
import { kvmTest } from '../helpers/kvm.js';
import { STRESS_LONG } from '../helpers/stress-guests.js';
import { readTraceRows, type TraceRows } from '../helpers/trace-rows.js';

const STEPS = 1000;

/** What happened in the last `count` steps, and the values that registers had before. */
function lastSteps({ steps, ...rows }: TraceRows, count: number) {
  const first = BigInt(steps.length - count);
  const later = <T extends { readonly step: bigint }>(list: readonly T[]): T[] =>
    list.filter(({ step }) => step >= first).map((row) => ({ ...row, step: row.step - first }));
  const before = new Map(
    rows.registers.filter(({ step }) => step < first).map(({ name, value }) => [name, value]),
  );
  return {
    steps: steps.slice(Number(first)),
    registers: later(rows.registers),
    before: [...before].sort(([a], [b]) => a.localeCompare(b)),
    memory: later(rows.memory),
    ports: later(rows.ports),
    mmio: later(rows.mmio),
    // One that was delivered before the first step that is kept belongs to the step before.
    interruptions: later(rows.interruptions).filter(({ step }) => step > 0n),
    inputs: later(rows.inputs),
  };
}

async function recorded(options: GuestRecordOptions): Promise<{ path: string; rows: TraceRows }> {
  const path = await recordTrace(STRESS_LONG, { maxSteps: STEPS, ...options });
  return { path, rows: readTraceRows(path) };
}

for (const ring of [7, 100, 400]) {
  kvmTest(`a ring of ${ring} steps is the end of the whole recording`, async (t) => {
    const whole = await recorded({});
    const { path, rows } = await recorded({ ring });
    const kept = rows.steps.length;
    t.true(kept >= ring && kept <= Math.ceil(ring * 1.25) + 1, `${kept} steps`);
    t.deepEqual(lastSteps(rows, kept), lastSteps(whole.rows, kept));
    t.is(rows.meta.get('steps_dropped'), BigInt(STEPS - kept));
    t.is(rows.meta.get('steps_before'), BigInt(STEPS - kept));
    t.is(rows.meta.get('stop_reason'), 'max-steps');
    using trace = openTrace(path);
    const { divergence, start } = await replay(trace, { from: 0, to: kept });
    t.is(divergence, undefined);
    t.is(start, 0);
    t.deepEqual(
      readdirSync(dirname(path)).filter((name) => name.includes('ring')),
      [],
    );
  });
}

kvmTest('a recording that is shorter than its ring is whole', async (t) => {
  const whole = await recorded({ maxSteps: 50 });
  const { rows } = await recorded({ maxSteps: 50, ring: 100 });
  t.deepEqual(lastSteps(rows, 50), lastSteps(whole.rows, 50));
  t.is(rows.meta.get('steps_dropped'), 0n);
});

kvmTest('a ring closes where its trigger is reached', async (t) => {
  const { rows } = await recorded({ ring: 20, stopAt: '500' });
  t.is(rows.meta.get('stop_reason'), 'trigger');
  t.is(Number(rows.meta.get('steps_dropped')) + rows.steps.length, 500);
});
