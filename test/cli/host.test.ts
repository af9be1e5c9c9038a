/** `kvmtrace host`, on machines that lack one thing or another: programs that stand in for the real. */
import test from 'ava';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { kvmtrace } from '../helpers/cli.js';
import {
  APT_CACHE,
  APT_GET,
  DEBIAN,
  DPKG_DEB,
  fakeMachine,
  QEMU,
  type FakeMachine,
} from '../helpers/fake-tools.js';
import { isOneSentence } from '../helpers/sentence.js';

/** Kernels of the machine that the tests run on serve as well, and then nothing is fetched. */
const FETCH = ['host', 'install', '--force'];

/** What a failed installation leaves. */
function leftIn({ cache }: FakeMachine): string[] {
  return existsSync(cache) ? readdirSync(cache) : [];
}

test('install fetches a kernel, keeps of it what is booted, and says what it does', (t) => {
  const machine = fakeMachine(DEBIAN);
  const { code, stdout, stderr } = kvmtrace(FETCH, { env: machine.env });
  t.is(stderr, '');
  t.is(code, 0);
  t.regex(
    stdout,
    /^QEMU 7\.2\.22 is there\.\nFetching linux-image-6\.1\.0-99-cloud-amd64 \(27 MB\)/,
  );
  t.regex(stdout, /\nThe emulated host can run here\.\n/);
  t.deepEqual(leftIn(machine), ['kernel']);
  t.deepEqual(
    readdirSync(machine.cache, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map(({ name }) => name)
      .sort(),
    ['kvm-amd.ko', 'kvm.ko', 'modules.builtin', 'vmlinuz-6.1.0-99-cloud-amd64'],
  );
});

test('install leaves a kernel that is there alone, and --force replaces it', (t) => {
  const machine = fakeMachine(DEBIAN);
  t.is(kvmtrace(FETCH, { env: machine.env }).code, 0);
  const old = join(machine.cache, 'kernel/boot/old');
  writeFileSync(old, '');
  writeFileSync(machine.log, '');
  const again = kvmtrace(['host', 'install'], { env: machine.env });
  t.is(again.code, 0);
  t.regex(again.stdout, /A kernel is there: .*cache\/kernel\/boot\/vmlinuz-6\.1\.0-99/);
  t.notRegex(readFileSync(machine.log, 'utf8'), /download/);
  t.true(existsSync(old));
  t.is(kvmtrace(FETCH, { env: machine.env }).code, 0);
  t.false(existsSync(old));
  t.deepEqual(leftIn(machine), ['kernel']);
});

test('where package lists are missing, install fetches lists of its own and removes them', (t) => {
  // Knows packages only from lists below the cache directory, once they were fetched.
  const machine = fakeMachine({
    ...DEBIAN,
    'apt-cache': `case "$*" in *Dir::State::lists=*/cache/*) ;; *) exit 100;; esac\n[ -e $BIN/updated ] || exit 100\n${APT_CACHE}`,
    'apt-get': `case "$*" in *update*) touch $BIN/updated;; *) ${APT_GET};; esac`,
  });
  const { code, stdout } = kvmtrace(FETCH, { env: machine.env });
  t.is(code, 0);
  t.regex(stdout, /package lists do not serve/);
  t.deepEqual(leftIn(machine), ['kernel']);
});

interface Failure {
  readonly tools: Parameters<typeof fakeMachine>[0];
  readonly says: RegExp;
}

const FAILURES: Readonly<Record<string, Failure>> = {
  'QEMU is too old': {
    tools: { ...DEBIAN, 'qemu-system-x86_64': 'echo "QEMU emulator version 6.2.0"' },
    says: /QEMU 6\.2\.0 is too old .*7\.2 or newer/,
  },
  'QEMU does not run': {
    tools: { ...DEBIAN, 'qemu-system-x86_64': 'exit 127' },
    says: /tells no version/,
  },
  'there is no QEMU and no apt-get': {
    tools: {},
    says: /there is no qemu-system-x86_64 here: .*Debian.*Fedora.*Arch.*Alpine.*openSUSE/,
  },
  "there are none of Debian's tools": {
    tools: { 'qemu-system-x86_64': QEMU },
    says: /no apt-get, no apt-cache, no dpkg-deb here: /,
  },
  'apt knows no kernel': {
    tools: { ...DEBIAN, 'apt-cache': 'exit 100' },
    says: /apt knows none of linux-image-cloud-amd64, /,
  },
  'package lists cannot be fetched': {
    tools: {
      ...DEBIAN,
      'apt-cache': 'exit 100',
      'apt-get': 'echo "W: Failed to fetch http://deb/InRelease  Could not resolve deb." >&2',
    },
    says: /package lists cannot be fetched \(apt-get update: Failed to fetch .*Could not resolve deb\)/,
  },
  'the download fails': {
    tools: { ...DEBIAN, 'apt-get': 'echo "E: Failed to fetch x  404  Not Found" >&2; exit 100' },
    says: /404 {2}Not Found\)/,
  },
  'the package is damaged': {
    tools: {
      ...DEBIAN,
      'dpkg-deb': `${DPKG_DEB}\necho "dpkg-deb: error: lzma error: compressed data is corrupt" >&2; exit 2`,
    },
    says: /cannot be unpacked .*compressed data is corrupt\): .*--force/,
  },
  'the package holds no kernel': {
    tools: { ...DEBIAN, 'dpkg-deb': 'for target; do :; done; mkdir -p $target/boot' },
    says: /holds no kernel with KVM for AMD/,
  },
};

for (const [title, { tools, says }] of Object.entries(FAILURES)) {
  test(`${title}: install says so in a sentence, exits with 3 and leaves nothing`, (t) => {
    const machine = fakeMachine(tools);
    const { code, stderr } = kvmtrace(FETCH, { env: machine.env });
    t.is(code, 3);
    t.true(isOneSentence(stderr.trimEnd()), stderr);
    t.regex(stderr, says);
    t.deepEqual(leftIn(machine), []);
  });
}

test('a kernel fetched before survives an installation that fails', (t) => {
  const machine = fakeMachine(DEBIAN);
  t.is(kvmtrace(FETCH, { env: machine.env }).code, 0);
  writeFileSync(join(machine.bin, 'dpkg-deb'), '#!/bin/sh\nexit 2\n');
  t.is(kvmtrace(FETCH, { env: machine.env }).code, 3);
  t.is(kvmtrace(['host', 'status'], { env: machine.env }).code, 0);
  t.deepEqual(leftIn(machine), ['kernel']);
});

test('a cache directory that cannot be written is named', (t) => {
  const machine = fakeMachine(DEBIAN);
  writeFileSync(machine.cache, 'a file');
  const { code, stderr } = kvmtrace(FETCH, { env: machine.env });
  t.is(code, 3);
  t.regex(stderr, /the cache directory .*cache cannot be written \(EEXIST\): .*KVMTRACE_CACHE\.$/m);
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('as root on Debian, install installs QEMU with apt-get, and says so', (t) => {
  const machine = fakeMachine({
    ...{ 'apt-cache': APT_CACHE, 'dpkg-deb': DPKG_DEB },
    'apt-get': `case "$*" in
      install*) printf '#!/bin/sh\\necho QEMU emulator version 7.2.22\\n' >$BIN/qemu-system-x86_64
        chmod +x $BIN/qemu-system-x86_64;;
      *) ${APT_GET};; esac`,
  });
  const { code, stdout } = kvmtrace(FETCH, { env: machine.env });
  t.is(code, 0);
  t.regex(stdout, /running apt-get install -y -q --no-install-recommends qemu-system-x86\./);
});

asRoot('where apt-get cannot install QEMU, install says what it complains of', (t) => {
  const machine = fakeMachine({
    ...{ 'apt-cache': APT_CACHE, 'dpkg-deb': DPKG_DEB },
    'apt-get': 'echo "E: Unable to locate package qemu-system-x86" >&2; exit 100',
  });
  const { code, stderr } = kvmtrace(FETCH, { env: machine.env });
  t.is(code, 3);
  t.true(isOneSentence(stderr.trimEnd()));
  t.regex(stderr, /Unable to locate package qemu-system-x86\)/);
});

test('interrupted, install ends what it started, leaves nothing, and exits with 130', async (t) => {
  const machine = fakeMachine({ ...DEBIAN, 'apt-get': 'echo $$ >$BIN/pid; sleep 60' });
  const main = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
  const child = spawn(process.execPath, [main, ...FETCH], {
    env: { ...process.env, ...machine.env },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const pidFile = join(machine.bin, 'pid');
  for (let i = 0; i < 600 && !existsSync(pidFile); i++) await delay(50);
  t.deepEqual(leftIn(machine).length, 1);
  child.kill('SIGINT');
  t.is(await ended, 130);
  t.deepEqual(leftIn(machine), []);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('what a killed installation left behind is removed by the next', (t) => {
  const machine = fakeMachine(DEBIAN);
  // Of a process that cannot be: numbers end at 2^22.
  const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0];
  mkdirSync(join(machine.cache, `kvmtrace-4194305-${namespace}-abcdef/unpacked`), {
    recursive: true,
  });
  t.is(kvmtrace(FETCH, { env: machine.env }).code, 0);
  t.deepEqual(leftIn(machine), ['kernel']);
});

test('status --format json is one document with stable keys', (t) => {
  const machine = fakeMachine(DEBIAN);
  t.is(kvmtrace(FETCH, { env: machine.env }).code, 0);
  const { code, stdout } = kvmtrace(['host', 'status', '--format', 'json'], { env: machine.env });
  t.is(code, 0);
  const document = JSON.parse(stdout) as Record<string, unknown>;
  t.deepEqual(Object.keys(document), [
    ...['host_status', 'usable', 'why', 'qemu', 'kernels', 'unreadable_kernels', 'cache'],
    ...['kvm', 'auto'],
  ]);
  t.is(document['host_status'], 1);
  t.true(document['usable']);
  t.is(document['qemu'], '7.2.22');
  t.is(document['cache'], machine.cache);
  t.is((document['kernels'] as { release: string }[])[0]!.release, '6.1.0-99-cloud-amd64');
});

test('status without QEMU exits with 3 and says what brings it', (t) => {
  const { env } = fakeMachine({});
  const { code, stdout } = kvmtrace(['host', 'status'], { env });
  t.is(code, 3);
  t.regex(stdout, /^The emulated host needs QEMU/);
  t.regex(stdout, /\n {2}QEMU +none\n/);
  t.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80 && !line.includes('/cache')),
    [],
  );
});

test('status tells which host is the default, and why', (t) => {
  const { env } = fakeMachine(DEBIAN);
  const { stdout } = kvmtrace(['host', 'status', '--format', 'json'], {
    env: { ...env, KVMTRACE_HOST: 'emulated' },
  });
  t.deepEqual((JSON.parse(stdout) as { auto: unknown }).auto, {
    host: 'emulated',
    why: 'the environment variable KVMTRACE_HOST is emulated',
  });
});

test('host refuses what it does not know', (t) => {
  t.is(kvmtrace(['host']).code, 2);
  t.is(kvmtrace(['host', 'remove']).code, 2);
  t.is(kvmtrace(['host', 'status', '--force']).code, 2);
  t.is(kvmtrace(['host', 'status'], { env: { KVMTRACE_HOST: 'qemu' } }).code, 2);
});
