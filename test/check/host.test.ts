/** Who runs the guests of a suite: decided once, said once, the same for all. */
import test from 'ava';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildGuest, temporary } from '../helpers/built-guest.js';
import { kvmtrace } from '../helpers/cli.js';
import { DEBIAN, fakeMachine, type FakeMachine } from '../helpers/fake-tools.js';
import { canHideKvm, withoutKvm } from '../helpers/without-kvm.js';

/** Two cases without a golden trace to compare with. */
function suite(): string {
  const directory = temporary();
  const guest = buildGuest('echo.c');
  for (const name of ['one', 'two']) {
    writeFileSync(join(directory, `${name}.json`), JSON.stringify({ guest, compare: 'none' }));
  }
  return directory;
}

function check(...args: string[]): string[] {
  return ['check', suite(), '--update', ...args];
}

/** A machine on which the emulated host seems to be able to run, until QEMU ends at once. */
function promising(): FakeMachine {
  const machine = fakeMachine(DEBIAN);
  kvmtrace(['host', 'install', '--force'], { env: machine.env });
  return machine;
}

test('a device that cannot be used is told once, not for each case', (t) => {
  const { code, stdout, stderr } = kvmtrace(check('--device', '/nonexistent'));
  t.is(code, 3);
  t.regex(stderr, /^kvmtrace: \/nonexistent is missing: [^\n]*\n$/);
  t.is(stdout, '0 passed, 2 could not be checked\n');
});

test('a host that cannot run is told once, and documents have it for each case', (t) => {
  const { env } = fakeMachine({});
  const { code, stdout, stderr } = kvmtrace(check('--host', 'emulated'), { env });
  t.is(code, 3);
  t.is((stdout + stderr).match(/the emulated host needs QEMU/g)?.length, 1);
  const json = kvmtrace(check('--host', 'emulated', '--format', 'json'), { env });
  const { cases } = JSON.parse(json.stdout) as { cases: { status: string; message: string }[] };
  t.is(cases.length, 2);
  for (const each of cases) t.like(each, { status: 'error' });
  t.regex(cases[0]!.message, /the emulated host needs QEMU/);
});

test('what is no host, and a device for the emulated one, is refused before anything runs', (t) => {
  t.is(kvmtrace(check('--host', 'moon')).code, 2);
  t.is(kvmtrace(check('--host', 'emulated', '--device', '/dev/kvm')).code, 2);
});

const hidden = canHideKvm ? test : test.skip;

hidden('without /dev/kvm one line says so, not one for each case', async (t) => {
  const { code, stdout, stderr } = await withoutKvm(check(), { env: promising().env });
  t.is(code, 3);
  t.regex(stderr, /^kvmtrace: \/dev\/kvm is missing, so guests run on the emulated host, .*\n$/);
  t.is(stdout.match(/QEMU, which is the emulated machine, has ended/g)?.length, 2);
});

hidden('where neither host can run, it is said once why for both', async (t) => {
  const { code, stdout, stderr } = await withoutKvm(check(), { env: fakeMachine({}).env });
  t.is(code, 3);
  t.regex(
    stderr,
    /^kvmtrace: \/dev\/kvm is missing: [^\n]*; and the emulated host needs QEMU[^\n]*; traces can be read without either\.\n$/,
  );
  t.is(stdout, '0 passed, 2 could not be checked\n');
});

hidden('doctor --host kvm without /dev/kvm says what is missing, and exits with 3', async (t) => {
  const { code, stderr } = await withoutKvm(['doctor', '--host', 'kvm']);
  t.is(code, 3);
  t.regex(stderr, /^kvmtrace: \/dev\/kvm is missing: .*; traces can be read without it\.\n$/);
});

hidden('status tells that the emulated host is taken, and why', async (t) => {
  const { env } = promising();
  const { code, stdout } = await withoutKvm(['host', 'status', '--format', 'json'], { env });
  t.is(code, 0);
  t.deepEqual((JSON.parse(stdout) as { auto: unknown }).auto, {
    ...{ host: 'emulated', why: '/dev/kvm is missing' },
  });
});
