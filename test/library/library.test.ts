/** The functions that the package exports, as a program meets them. */
import test from 'ava';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as root from 'kvmtrace';
import { compare, diff } from 'kvmtrace/diff';
import * as kvm from 'kvmtrace/kvm';
import { KvmtraceError, record, replay } from 'kvmtrace/record';
import * as tracee from 'kvmtrace/tracee';
import { fixtureTrace } from './fixture.js';
import { kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';
import { temporaryDirectory } from '../helpers/temporary.js';

/** inc ax; jmp short -3, in real mode. */
const ENDLESS = Buffer.from('40ebfd', 'hex');

function guest(): { path: string; output: string } {
  const directory = temporaryDirectory();
  const path = join(directory, 'guest.bin');
  writeFileSync(path, ENDLESS);
  return { path, output: join(directory, 't.db') };
}

kvmTest('record and replay', async (t) => {
  const { path, output } = guest();
  const result = await record(path, output, { mode: 'real', memory: 1 << 20, maxSteps: 100 });
  t.like(result, { steps: 100, stopReason: 'max-steps', crashed: false });
  const all = await replay(output);
  t.like(all, { identical: true, divergence: undefined, start: 0, steps: 100 });
  t.is((await replay(output, { to: 40 })).steps, 40);
  for (const range of [{ from: 50, to: 50 }, { to: 101 }, { from: -1 }, { from: 0.5 }]) {
    const error = await t.throwsAsync(replay(output, range), { instanceOf: KvmtraceError });
    t.is(error.exitCode, 2);
    t.regex(error.message, /its states are 0 to 100\.$/);
  }
  const again = await t.throwsAsync(record(path, output, { mode: 'real' }));
  t.regex(again.message, /exists already: give another path, or `force` to replace it/);
});

test('what is wrong with the guest leaves no file, and no flag of the command line is advised', async (t) => {
  const { path, output } = guest();
  for (const [settings, expected] of [
    [{}, /of no known kind .* `mode` .* `load` .* `format: 'flat'`/],
    [{ mode: 'real', memory: 1 }, /`memory` 1 bytes is too little/],
    [{ mode: 'real', entry: 0x100000n }, /`entry` 0x100000 is above the 1 MiB/],
    [{ mode: 'real', portInput: '/none' }, /`portInput` \/none cannot be read/],
    [{ mode: 'real', host: 'emulated', device: '/dev/kvm' }, /`device` .* `host: 'emulated'`/],
  ] as const) {
    const error = await t.throwsAsync(record(path, output, settings), {
      instanceOf: KvmtraceError,
    });
    t.regex(error.message, expected);
    t.notRegex(error.message, / --?[a-z]/);
    t.true(isOneSentence(`${error.message.replace(/\.?$/, '')}.`), error.message);
    t.false(existsSync(output));
  }
});

test('diff and compare', (t) => {
  const [a, same, other] = [fixtureTrace(1), fixtureTrace(1), fixtureTrace(2)];
  t.like(diff(a, same), { same: true, passed: true, sameGuest: true });
  const found = diff(a, other);
  t.false(found.same);
  t.regex(found.verdict, /^different/);
  t.true(diff(a, other, { maxStepsIncrease: 0 }).passed, 'as many steps');
  t.false(compare({ pass: [a, same], fail: [other] }).found.length === 0);
  for (const [run, expected] of [
    [() => diff(a, other, { ignore: { ports: ['x'] } }), /^`ignore\.ports` x is not a number/],
    [() => diff(a, other, { ignore: { registers: ['q'] } }), /^`ignore\.registers` q: the traces/],
    [() => compare({ pass: [], fail: [a] }), /no run passed: give at least one with `pass`/],
    [() => diff(a, '/none'), /there is no trace \/none/],
  ] as const) {
    t.regex(t.throws(run, { instanceOf: KvmtraceError }).message, expected);
  }
});

test('the root has what kvm and tracee export', (t) => {
  const names = new Set(Object.keys(root));
  for (const name of [...Object.keys(kvm), ...Object.keys(tracee)]) t.true(names.has(name), name);
  for (const name of ['Trace', 'Tracee', 'Kvm', 'KvmtraceError', 'Exit', 'APIVersion', 'KVMIO']) {
    t.true(names.has(name), name);
  }
});
