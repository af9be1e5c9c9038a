import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { kvmtrace as run } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

const kvmtrace = (...parameters: string[]): ReturnType<typeof run> => run(parameters);

const trace = writeFixtureTrace({ steps: [{ rip: 0x1000 }, { rip: 0x1001 }] });

test('a packed trace is opened by every command, and leaves nothing behind', (t) => {
  const packed = temporaryPath('small.trace');
  t.is(kvmtrace('pack', trace, '-o', packed).code, 0);
  const TMPDIR = temporaryPath('tmp');
  mkdirSync(TMPDIR);
  const env = { TMPDIR };
  t.regex(run(['info', packed], { env }).stdout, /steps +2/);
  t.is(run(['diff', trace, packed], { env }).code, 0);
  t.is(run(['query', packed, 'SELECT count(*) FROM step'], { env }).code, 0);
  t.is(run(['calls', packed], { env }).code, 0);
  t.deepEqual(readdirSync(TMPDIR), []);
});

test('info tells both sizes, and the name that it was given', (t) => {
  const packed = temporaryPath('small.trace');
  kvmtrace('pack', trace, '-o', packed);
  const { stdout } = kvmtrace('info', packed);
  t.is(stdout.split('\n')[0], packed);
  t.regex(stdout, /size +[\d.]+ kB, .*; packed [\d.]+ kB\n/);
  t.regex(kvmtrace('index', packed).stderr, /small\.trace is packed, .*kvmtrace pack --unpack/);
});

test('without room for temporary files the trace is not blamed', (t) => {
  const packed = temporaryPath('small.trace');
  kvmtrace('pack', trace, '-o', packed);
  const env = { TMPDIR: '/nowhere' };
  for (const args of [
    ['info', packed],
    ['pack', trace, '-o', temporaryPath('other.trace')],
  ]) {
    const { code, stderr } = run(args, { env });
    t.is(code, 3, stderr);
    t.regex(
      stderr,
      /^kvmtrace: temporary files cannot be written in \/nowhere \(ENOENT\): .*TMPDIR\.\n$/,
    );
  }
});

test('what a killed process left behind is removed by the next', (t) => {
  const TMPDIR = temporaryPath('tmp');
  const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0];
  // No process has this number: it is above the kernel's limit (PID_MAX_LIMIT).
  const dead = join(TMPDIR, `kvmtrace-99999999-${namespace}-abcdef`);
  const elsewhere = join(TMPDIR, 'kvmtrace-99999999-1-abcdef');
  const alive = join(TMPDIR, `kvmtrace-${process.pid}-${namespace}-abcdef`);
  for (const each of [dead, elsewhere, alive]) mkdirSync(each, { recursive: true });
  const packed = temporaryPath('small.trace');
  t.is(run(['pack', trace, '-o', packed], { env: { TMPDIR } }).code, 0);
  t.deepEqual(
    [dead, elsewhere, alive].map((each) => existsSync(each)),
    [false, true, true],
  );
  t.is(readdirSync(TMPDIR).length, 2);
});

test('--unpack gives a file that SQLite opens', (t) => {
  const packed = temporaryPath('small.trace');
  const unpacked = temporaryPath('again.db');
  kvmtrace('pack', trace, '-o', packed);
  t.is(kvmtrace('pack', '--unpack', packed, '-o', unpacked).code, 0);
  t.is(readFileSync(unpacked).toString('latin1', 0, 15), 'SQLite format 3');
  t.is(kvmtrace('diff', trace, unpacked).code, 0);
});
