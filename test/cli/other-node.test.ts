/** Run by another Node than the one that installed its addons, kvmtrace says what to do about it. */
import test from 'ava';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { withAddon } from '../../src/base/native-addon.js';
import { KvmtraceError } from '../../src/base/errors.js';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';
import { kvmTest } from '../helpers/kvm.js';

const HOOK = new URL('dist/test/helpers/other-node.js', packageRoot).href;

function run(addons: string, ...args: string[]): ReturnType<typeof kvmtrace> {
  return kvmtrace(args, { env: { NODE_OPTIONS: `--import ${HOOK}`, OTHER_NODE: addons } });
}

const rebuild = (name: string): RegExp =>
  new RegExp(
    `^kvmtrace: The addon of the package ${name} was installed by another Node than this one, v[\\d.]+: run npm rebuild ${name} in kvmtrace's directory, with the Node that is to run it\\.\\n$`,
  );

for (const command of [['info'], ['steps'], ['query', 'SELECT 1'], ['hot'], ['index']]) {
  test(`${command.join(' ')}: npm rebuild better-sqlite3, exit code 3`, (t) => {
    const path = writeFixtureTrace({ steps: [{ rip: 0x1000 }] });
    const [name, ...rest] = command;
    const { code, stderr } = run('better_sqlite3', name!, path, ...rest);
    t.is(code, 3);
    t.regex(stderr, rebuild('better-sqlite3'));
  });
}

kvmTest('record: npm rebuild, before there is anything to write', (t) => {
  const guest = fileURLToPath(new URL('guests/sample/sample.elf', packageRoot));
  const record = (addons: string): ReturnType<typeof kvmtrace> =>
    run(addons, 'record', guest, '--max-steps', '10', '-o', temporaryPath());
  const sqlite = record('better_sqlite3');
  t.is(sqlite.code, 3);
  t.regex(sqlite.stderr, rebuild('better-sqlite3'));
  const koffi = record('koffi');
  t.is(koffi.code, 3);
  t.regex(koffi.stderr, /The addon of the package koffi /);
});

test('an addon that was never built, and errors that are of something else', (t) => {
  const failing = (message: string, code?: string): (() => never) => {
    return () =>
      withAddon('x', () => {
        throw Object.assign(new Error(message), { code });
      });
  };
  for (const error of [
    failing('Could not locate the bindings file. Tried: …'),
    failing("Cannot find module 'x'", 'MODULE_NOT_FOUND'),
    failing('libc.musl-x86_64.so.1: cannot open shared object file', 'ERR_DLOPEN_FAILED'),
  ]) {
    const { exitCode, message } = t.throws(error, { instanceOf: KvmtraceError });
    t.is(exitCode, 3);
    t.regex(message, /cannot be loaded by Node v.* on \w+: run npm rebuild x in /);
  }
  t.notRegex(t.throws(failing('file is not a database', 'SQLITE_NOTADB')).message, /npm/);
});
