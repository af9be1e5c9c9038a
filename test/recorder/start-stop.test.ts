/** Recordings that begin and end at a place, on real KVM. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KvmtraceError } from '../../src/base/errors.js';
import { recordGuest } from '../../src/recorder/record.js';
import { replay } from '../../src/replay/replayer.js';
import { openTrace } from '../../src/trace/read/open.js';
import { temporaryDirectory } from '../helpers/temporary.js';
import { recordListing, recordTrace, writeGuest, type Guest } from '../helpers/guest.js';
import { kvmTest as test } from '../helpers/kvm.js';
import { readTraceRows, type TraceRows } from '../helpers/trace-rows.js';

/** Counts in ax and at 0x2000 from 1 to 5, and prints each as a digit. */
const COUNTS: Guest = {
  mode: 'real',
  listing: `
    1000  31 c0           xor ax, ax
    1002  40              inc ax
    1003  a3 00 20        mov [0x2000], ax
    1006  04 30           add al, 0x30
    1008  e6 e9           out 0xe9, al
    100a  2c 30           sub al, 0x30
    100c  83 f8 05        cmp ax, 5
    100f  75 f1           jne 0x1002
    1011  f4              hlt
  `,
};
/** Steps of a turn of its loop. */
const TURN = 7;

/** What happened from `first` on, steps renumbered; without the initial values, which are told apart. */
function fromStep(rows: TraceRows, first: number) {
  const shift = BigInt(first);
  const later = <T extends { readonly step: bigint }>(list: readonly T[]): T[] =>
    list.filter(({ step }) => step >= shift).map((row) => ({ ...row, step: row.step - shift }));
  return {
    steps: rows.steps.slice(first),
    registers: later(rows.registers),
    memory: later(rows.memory),
    ports: later(rows.ports),
  };
}

async function proves(path: string): Promise<boolean> {
  using trace = openTrace(path);
  const { divergence } = await replay(trace, { from: 0, to: trace.stepCount });
  return divergence === undefined;
}

for (const [startAt, first, meta] of [
  ['0x1002:3', 1 + 2 * TURN, { exits_before: 2n, steps_before: undefined }],
  ['port:0xe9:2', 1 + TURN + 4, { exits_before: 2n, steps_before: undefined }],
  // The byte at 0x2000 becomes 1 in the second instruction of the first turn.
  ['[0x2000] written', 3, { exits_before: 0n, steps_before: 3n }],
  ['9', 9, { exits_before: 1n, steps_before: 9n }],
] as const) {
  test(`a recording from ${startAt} on is the end of a whole one`, async (t) => {
    const whole = (await recordListing(COUNTS)).rows;
    const path = await recordTrace(COUNTS, { startAt });
    const rows = readTraceRows(path);
    t.deepEqual(fromStep(rows, 0), fromStep(whole, first));
    t.is(rows.meta.get('start_at'), startAt);
    t.is(rows.meta.get('exits_before'), meta.exits_before);
    t.is(rows.meta.get('steps_before'), meta.steps_before);
    t.true(await proves(path));
  });
}

for (const [stopAt, steps] of [
  ['0x1002:3', 1 + 2 * TURN],
  ['port:0xe9:2', 1 + TURN + 4],
  ['[0x2000] written', 3],
  ['9', 9],
] as const) {
  test(`a recording that ends at ${stopAt}`, async (t) => {
    const { result, rows } = await recordListing(COUNTS, { stopAt });
    t.is(result.stopReason, 'trigger');
    t.is(result.steps, steps);
    t.is(rows.meta.get('stop_detail'), `${stopAt} was reached`);
    t.is(rows.meta.get('complete'), 1n);
  });
}

test('what ends a recording counts from its beginning', async (t) => {
  const { result } = await recordListing(COUNTS, { startAt: '0x1002:2', stopAt: '0x1002' });
  t.is(result.steps, TURN);
});

for (const [startAt, why] of [
  [
    '0x1002:6',
    /the guest never came to `startAt: '0x1002:6'` \(it halted with nothing to wake it\)/,
  ],
  ['1000', /never came to .* \(it ended after 37 steps, the guest halted at 0x1011/],
  ['main', /`startAt` main: the guest has no such symbol/],
  ['0x1002:0', /executions count from 1/],
  ['port:0x10000', /ports go up to 0xffff/],
  ['[0xfffffffffffff000] written', /there is no such memory/],
] as const) {
  test(`a recording from ${startAt} on is refused and leaves no file`, async (t) => {
    const directory = temporaryDirectory();
    const output = join(directory, 't.db');
    const error = await t.throwsAsync(
      recordGuest({
        ...{ format: 'flat', dirty: 'auto', fpu: true, force: false, memory: 0x80000 },
        ...writeGuest(COUNTS, directory).loading,
        ...{ output, startAt, onOutput: () => undefined },
      }),
      { instanceOf: KvmtraceError },
    );
    t.regex(error.message, why);
    t.is(error.exitCode, 2);
    t.false(existsSync(output));
  });
}

/** Waits for the timer: jmp $ with interrupts on; the handler halts for good. */
const WAITS: Guest = {
  mode: 'real',
  // The gate of vector 8.
  data: [{ at: 0x20, bytes: Uint8Array.of(0x20, 0x10, 0, 0) }],
  listing: `
    1000  b0 11           mov al, 0x11
    1002  e6 20           out 0x20, al
    1004  b0 08           mov al, 8
    1006  e6 21           out 0x21, al
    1008  b0 04           mov al, 4
    100a  e6 21           out 0x21, al
    100c  b0 01           mov al, 1
    100e  e6 21           out 0x21, al
    1010  b0 fe           mov al, 0xfe
    1012  e6 21           out 0x21, al
    1014  b0 34           mov al, 0x34
    1016  e6 43           out 0x43, al
    1018  b0 00           mov al, 0
    101a  e6 40           out 0x40, al
    101c  eb 12           jmp 0x1030
    1020  fa              cli
    1021  f4              hlt
    1030  b0 10           mov al, 0x10
    1032  e6 40           out 0x40, al
    1034  fb              sti
    1035  eb fe           jmp 0x1035
  `,
};

test('a guest that waits for its timer without an exit comes to the handler unstepped', async (t) => {
  const { result, rows } = await recordListing(WAITS, { startAt: '0x1020' });
  t.is(result.stopReason, 'hlt');
  t.deepEqual(
    rows.steps.map(({ text }) => text),
    ['cli', 'hlt'],
  );
});
