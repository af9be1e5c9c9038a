/** Recordings of one guest are the same: twice, with either dirty mode, and in a storm of signals. */
import { Worker } from 'node:worker_threads';
import { recordListing, type Guest, type GuestRecordOptions } from '../helpers/guest.js';
import { fewer, kvmTest } from '../helpers/kvm.js';
import { STRESS_LONG, STRESS_REAL } from '../helpers/stress-guests.js';
import type { TraceRows } from '../helpers/trace-rows.js';

const LIMIT = { maxSteps: fewer(100_000) };
const SIGNAL = 'SIGUSR2';

const TABLES = [
  ...(['steps', 'registers', 'memory', 'ports', 'mmio', 'interruptions', 'inputs'] as const),
  'unchanged',
] as const;

async function record(guest: Guest, options: GuestRecordOptions = LIMIT): Promise<TraceRows> {
  const { rows } = await recordListing(guest, options);
  return rows;
}

/** The first rows that differ, by table; not `meta`, which names files and the dirty mode. */
function differences(one: TraceRows, two: TraceRows): string[] {
  return TABLES.flatMap((table) => {
    const [mine, others] = [one[table], two[table]].map((rows) => rows.map(show));
    const at = mine!.findIndex((row, i) => row !== others![i]);
    if (at < 0 && mine!.length === others!.length) return [];
    return [`${table} ${at}: ${mine![at]} / ${others![at]} of ${mine!.length} / ${others!.length}`];
  });
}

function show(row: object): string {
  return Object.values(row)
    .map((value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    )
    .join(' ');
}

for (const [name, guest] of [
  ['long mode', STRESS_LONG],
  ['real mode with interrupts', STRESS_REAL],
] as const) {
  kvmTest(`twice, and with the dirty log: ${name}`, async (t) => {
    const first = await record(guest);
    t.true(first.steps.length > 2000);
    t.true(first.interruptions.length > 50);
    t.true(first.unchanged.length > 0);
    // Pages reported dirty without a change are the same too: both modes report what KVM wrote to.
    t.deepEqual(differences(await record(guest), first), []);
    t.deepEqual(differences(await record(guest, { ...LIMIT, dirty: 'log' }), first), []);
  });

  kvmTest(`in a storm of signals: ${name}`, async (t) => {
    const first = await record(guest);
    let received = 0;
    const receive = (): void => {
      received++;
    };
    process.on(SIGNAL, receive);
    const storm = new Worker(
      `const { workerData } = require('node:worker_threads');
       const pause = new Int32Array(new SharedArrayBuffer(4));
       for (;;) { process.kill(process.pid, workerData); Atomics.wait(pause, 0, 0, 0.2); }`,
      { eval: true, workerData: SIGNAL },
    );
    try {
      await new Promise((resolve) => storm.once('online', resolve));
      t.deepEqual(differences(await record(guest), first), []);
    } finally {
      await storm.terminate();
      process.off(SIGNAL, receive);
    }
    t.true(received > 0, 'there was a storm');
  });
}

kvmTest('only declared inputs, and what follows from them, may differ', async (t) => {
  const guest: Guest = {
    mode: 'long',
    listing: `
      100000  0f 31        rdtsc
      100002  89 c3        mov ebx, eax
      100004  0f c7 f1     rdrand ecx
      100007  0f a2        cpuid
      100009  31 c0        xor eax, eax
      10000b  31 db        xor ebx, ebx
      10000d  31 c9        xor ecx, ecx
      10000f  31 d2        xor edx, edx
      100011  f4           hlt
    `,
  };
  const [one, two] = [await record(guest), await record(guest)];
  t.deepEqual(
    one.inputs.map(({ step, kind }) => [step, kind]),
    [
      [0n, 'tsc'],
      [2n, 'random'],
      [3n, 'cpuid'],
    ],
  );
  t.notDeepEqual(one.inputs, two.inputs);
  // The counter and what was copied from it differ; from the first instruction that does not depend
  // on an input, all is the same again.
  const settled = (rows: TraceRows): unknown => rows.registers.filter(({ step }) => step >= 7n);
  t.deepEqual(settled(one), settled(two));
  t.deepEqual(one.steps, two.steps);
});
