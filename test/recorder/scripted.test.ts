/**
 * Recorder, capture and writer without any KVM: a scripted vCPU plays a trace to them, and what they record
 * is that trace, in every table.
 */
import test from 'ava';
import { dirname, join } from 'node:path';
import { recordGuest } from '../../src/recorder/record.js';
import { fewer, kvmTest } from '../helpers/kvm.js';
import { differingTables } from '../helpers/same-tables.js';
import { recordScripted } from '../helpers/scripted/record.js';
import { scriptOf, type Script } from '../helpers/scripted/script.js';
import { recordTrace } from '../helpers/guest.js';
import { STRESS_LONG, STRESS_REAL } from '../helpers/stress-guests.js';
import { temporaryDirectory } from '../helpers/temporary.js';
import { LONG, PROTECTED, REAL, TRIPLE_FAULT } from '../replay/guests.js';
import { recordSource } from '../replay/recorded.js';

const HELLO = 'traces/hello.db';

test('a trace that is played is recorded again, in every table', async (t) => {
  const output = join(temporaryDirectory(), 't.db');
  const { steps, stopReason, exitCode } = await recordScripted(HELLO, output);
  t.deepEqual(
    { steps, stopReason, exitCode },
    { steps: 1865, stopReason: 'debug-exit', exitCode: 0 },
  );
  t.deepEqual(differingTables(HELLO, output, false), []);
});

/** The script with one word of a step changed: `at` counts from the step's first. */
function altered(script: Script, step: number, at: number, by: number): Script {
  const words = script.words.slice();
  words[script.starts[step]! + at]! += by;
  return { ...script, words };
}

test('what a script does otherwise is recorded otherwise', async (t) => {
  const script = await scriptOf(HELLO);
  // The first step that sets a register: id, low word.
  const step = Array.from(script.starts).findIndex((start) => script.words[start] === 1);
  const output = join(temporaryDirectory(), 't.db');
  await recordScripted(HELLO, output, altered(script, step, 3, 1));
  const tables = differingTables(HELLO, output).map((line) => line.split(':')[0]);
  t.true(tables.includes('register_write') && tables.includes('digest'), tables.join());
});

test('devices that answer otherwise than the script was answered are found', async (t) => {
  const script = await scriptOf(HELLO);
  const rare = new Map(script.rare);
  const [step, read] = [...rare].find(([, { accesses }]) => accesses.some(({ write }) => !write))!;
  const accesses = read.accesses.map((access) => ({ ...access, data: Uint8Array.of(0x55) }));
  rare.set(step, { ...read, accesses });
  const output = join(temporaryDirectory(), 't.db');
  await t.throwsAsync(recordScripted(HELLO, output, { ...script, rare }), {
    message: new RegExp(`step ${step} read 55 from \\d+, and now`),
  });
});

for (const [name, guest] of Object.entries({ LONG, PROTECTED, REAL, TRIPLE_FAULT })) {
  kvmTest(`a recording with all inputs is played to the same rows: ${name}`, async (t) => {
    const path = await recordSource(guest);
    const output = join(dirname(path), 'played.db');
    await recordScripted(path, output);
    t.deepEqual(differingTables(path, output), []);
  });
}

for (const [name, guest] of Object.entries({ STRESS_LONG, STRESS_REAL })) {
  kvmTest(
    `a recording of a little of everything is played to the same rows: ${name}`,
    async (t) => {
      const path = await recordTrace(guest);
      const output = join(temporaryDirectory(), 'played.db');
      await recordScripted(path, output);
      t.deepEqual(differingTables(path, output), []);
    },
  );
}

kvmTest('a recording that is cut off, with snapshots, is played to the same rows', async (t) => {
  const directory = temporaryDirectory();
  const path = join(directory, 't.db');
  await recordGuest({
    ...{ guest: 'guests/sample/sample.elf', output: path, format: 'auto', force: false },
    ...{ dirty: 'auto', fpu: true, onOutput: () => undefined },
    ...{ maxSteps: fewer(20_000), snapshotEvery: fewer(5_000) },
  });
  const output = join(directory, 'played.db');
  await recordScripted(path, output);
  t.deepEqual(differingTables(path, output), []);
});
