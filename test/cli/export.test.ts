import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { packageRoot } from '../../src/base/package-root.js';
import { EXPORT_FORMATS } from '../../src/export/registry.js';
import { kvmtrace } from '../helpers/cli.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { isOneSentence } from '../helpers/sentence.js';
import { temporaryDirectory } from '../helpers/temporary.js';

const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
const HELLO = fileURLToPath(new URL('traces/hello.db', packageRoot));

test('every format has a default output, and the command says what it wrote', (t) => {
  const cwd = temporaryDirectory();
  for (const { name, extension, directory } of EXPORT_FORMATS) {
    const { code, stdout, stderr } = kvmtrace(['export', HELLO, '--as', name], { cwd });
    t.is(code, 0, stderr);
    const output = join(cwd, `hello.${extension}`);
    t.is(statSync(output).isDirectory(), directory);
    const what = directory ? '19 files' : name === 'lcov' ? '2 files' : `hello.${extension}`;
    t.true(stdout.startsWith(`1865 steps -> ${what}`), stdout);
    t.regex(stdout, /, [1-9][\d.]* (?:bytes|kB|MB)\n$/);
  }
  t.false(readdirSync(cwd).some((name) => name.endsWith('.partial')));
});

test('--help tells every format', (t) => {
  const { stdout } = kvmtrace(['export', '--help']);
  for (const { name, summary } of EXPORT_FORMATS) t.true(stdout.includes(summary), name);
});

test('-o - is standard output, and a reader that has enough is no error', (t) => {
  const { stdout } = kvmtrace([
    'export',
    HELLO,
    '--as',
    'folded',
    '-o',
    '-',
    '--call',
    'serial_write:2',
  ]);
  t.is(
    stdout,
    '_start;main;report.constprop.0;serial_write;serial_put 162\n_start;main;report.constprop.0;serial_write 96\n',
  );
  const script = `"${process.execPath}" "${MAIN}" export "${HELLO}" --as tenet -o - | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout: lines, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  t.true(lines.endsWith('\n0\n'), lines);
  t.is(stderr, '');
});

test('ranges: by step, from the end, by place and its executions', (t) => {
  const lines = (...range: string[]): string[] => {
    const { stdout, stderr } = kvmtrace(['export', HELLO, '--as', 'tenet', '-o', '-', ...range]);
    t.is(stderr, '');
    return stdout.trimEnd().split('\n');
  };
  t.is(lines('--from', '-3').length, 4);
  t.is(lines('--to', '10').length, 11);
  const between = lines('--from', 'fibonacci:2', '--to', 'fibonacci:3');
  t.regex(between[0]!, /,rip=0x100460$|,rip=0x[0-9a-f]+$/);
  t.is(between[0]!.split('rip=').at(-1), between.at(-1)!.split('rip=').at(-1));
});

test('bad input: one sentence with the way out, and nothing is written', (t) => {
  const cwd = temporaryDirectory();
  mkdirSync(join(cwd, 'folder'));
  writeFileSync(join(cwd, 'folder/kept'), 'kept');
  writeFileSync(join(cwd, 'file'), 'kept');
  const cases: [args: string[], message: RegExp][] = [
    [['--as', 'svg'], /--as "?svg"? is none of "tenet"/],
    [['--as', 'csv', '-o', '-'], /csv has a file for each table: give a directory with -o/],
    [['--as', 'csv', '-o', 'folder'], /folder exists already: .*--force/],
    [['--as', 'csv', '-o', 'file'], /file is a file: give the path of a directory/],
    [['--as', 'folded', '-o', 'file'], /file exists already: .*--force/],
    [['--as', 'folded', '-o', 'folder'], /folder is a directory: give the path of a file/],
    [
      ['--as', 'folded', '-o', 'nowhere/x'],
      /nowhere\/x cannot be written \(ENOENT\): give another path/,
    ],
    [['--as', 'folded', '-o', HELLO], /is the trace itself/],
    [['--as', 'lcov', '-o', '-'], /give a path with -o/],
    [
      ['--as', 'tenet', '--from', '9', '--to', '9'],
      /no step from 9 up to, not including, 9: give a larger --to/,
    ],
    [['--as', 'tenet', '--from', '1865'], /--from 1865 is beyond the end .*0 to 1864/],
    [['--as', 'tenet', '--from', 'nothing'], /--from nothing is not a number, nor a place/],
    [['--as', 'tenet', '--call', '7'], /--call 7: no call begins at step 7/],
    [['--as', 'tenet', '--call', 'main', '--from', '1'], /call/],
    [['--as', 'csv', '--tables', 'steps,none'], /has no table steps: its tables are meta, /],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = kvmtrace(['export', HELLO, ...args], { cwd });
    t.is(code, 2, args.join(' '));
    t.regex(stderr, message);
    t.true(isOneSentence(stderr.trimEnd()), stderr);
  }
  t.is(readFileSync(join(cwd, 'file'), 'utf8'), 'kept');
  t.false(readdirSync(cwd).some((name) => name.includes('hello') || name.endsWith('.partial')));
  t.is(kvmtrace(['export', HELLO, '--as', 'folded', '-o', 'file', '--force'], { cwd }).code, 0);
  t.not(readFileSync(join(cwd, 'file'), 'utf8'), 'kept');
});

test('a damaged trace leaves what was there before', (t) => {
  const trace = writeFixtureTrace({
    steps: [{ rip: 0x1000 }, { rip: 0x1001 }],
    sql: 'DELETE FROM instruction WHERE id = 1',
  });
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'out'), 'kept');
  for (const format of ['tenet', 'drcov', 'lcov']) {
    const { code, stderr } = kvmtrace(['export', trace, '--as', format, '-o', 'out', '--force'], {
      cwd,
    });
    t.is(code, 2, format);
    t.true(isOneSentence(stderr.trimEnd()), stderr);
  }
  t.deepEqual(readdirSync(cwd), ['out']);
  t.is(readFileSync(join(cwd, 'out'), 'utf8'), 'kept');
});

test('a full disk is the machine: exit code 3', (t) => {
  const { code, stderr } = kvmtrace(['export', HELLO, '--as', 'tenet', '-o', '/dev/full']);
  t.is(code, 3);
  t.regex(stderr, /^kvmtrace: there is no room for \/dev\/full \(ENOSPC\): .*\.\n$/);
});

test('a trace without steps is exported, too', (t) => {
  const trace = writeFixtureTrace({ steps: [] });
  const cwd = temporaryDirectory();
  for (const { name } of EXPORT_FORMATS) {
    const { code, stderr } = kvmtrace(['export', trace, '--as', name, '-o', name], { cwd });
    t.is(code, 0, `${name}: ${stderr}`);
  }
});

test('Ctrl-C ends it with 130, and nothing is left', async (t) => {
  const steps = Array.from({ length: 200_000 }, (_, i) => ({ rip: 0x1000 + (i % 16) }));
  const trace = writeFixtureTrace({ steps });
  const cwd = temporaryDirectory();
  const child = spawn(process.execPath, [MAIN, 'export', trace, '--as', 'tenet', '-o', 'out'], {
    cwd,
  });
  const ended = once(child, 'exit');
  while (!readdirSync(cwd).includes('out.partial'))
    await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGINT');
  t.deepEqual(await ended, [130, null]);
  t.deepEqual(readdirSync(cwd), []);
});
