/** `kvmtrace record` as a user meets it, on real KVM. What it records is tested with the recorder. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath } from '../helpers/fixture-trace.js';
import { fewer, kvmTest as test } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';

const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
const REAL_MODE = ['--mode', 'real', '--load', '0x1000', '--memory', '1M'];

/** Real-mode code, loaded at 0x1000. */
const GUESTS = {
  /** mov al, 'A'; out 0xe9, al; hlt */
  prints: 'b041e6e9f4',
  /** mov al, 3; out 0xf4, al */
  exits: 'b003e6f4',
  /** inc ax; jmp short -3 */
  endless: '40ebfd',
  /** lidt [0x2000] (zeros); int3 would go to the IVT, so: protected mode without a GDT; ud2 */
  crashes: '0f011e00200f20c066400f22c00f0b',
};

/** A guest in a directory of its own. */
function guest(name: keyof typeof GUESTS): { directory: string; output: string } {
  const path = temporaryPath('guest.bin');
  writeFileSync(path, Buffer.from(GUESTS[name], 'hex'));
  return { directory: dirname(path), output: join(dirname(path), 'guest.db') };
}

function meta(path: string): Map<string, unknown> {
  using trace = Trace.open(path);
  return new Map(trace.info().meta);
}

test('guest output to stdout, one line about the recording to stderr', (t) => {
  const { directory, output } = guest('prints');
  const { code, stdout, stderr } = kvmtrace(['record', 'guest.bin', ...REAL_MODE], {
    cwd: directory,
  });
  t.is(stdout, 'A');
  t.is(code, 0);
  t.regex(stderr, /^3 steps, stopped by hlt \(.*\), \d+ steps\/s, [\d.]+ [kM]?B in guest\.db\n$/);
  using trace = Trace.open(output);
  t.is(trace.stepCount, 3);
  t.true(trace.info().complete);
});

test('-o names the trace, --force replaces it', (t) => {
  const { directory } = guest('prints');
  const record = (...more: string[]): ReturnType<typeof kvmtrace> =>
    kvmtrace(['record', 'guest.bin', ...REAL_MODE, '-o', 'x.db', ...more], { cwd: directory });
  t.is(record().code, 0);
  const before = readFileSync(join(directory, 'x.db'));
  const refused = record('--max-steps', '1');
  t.is(refused.code, 2);
  t.regex(refused.stderr, /x\.db exists already/);
  t.true(isOneSentence(refused.stderr.trimEnd()));
  t.deepEqual(readFileSync(join(directory, 'x.db')), before);
  t.is(record('--max-steps', '1', '--force').code, 0);
  using trace = Trace.open(join(directory, 'x.db'));
  t.is(trace.stepCount, 1);
});

test("the guest's own exit is a clean stop", (t) => {
  const { directory, output } = guest('exits');
  const { code, stderr } = kvmtrace(['record', 'guest.bin', ...REAL_MODE], { cwd: directory });
  t.is(code, 0);
  t.regex(stderr, /stopped by debug-exit/);
  t.is(meta(output).get('stop_reason'), 'debug-exit');
  t.is(meta(output).get('exit_code'), 3n);
});

test('a crash is exit code 1, and the trace is kept', (t) => {
  const { directory, output } = guest('crashes');
  const { code, stderr } = kvmtrace(['record', 'guest.bin', ...REAL_MODE], { cwd: directory });
  t.is(code, 1, stderr);
  t.regex(stderr, /^\d+ steps, stopped by shutdown/);
  t.is(meta(output).get('complete'), 1n);
});

test('a limit is a clean stop', (t) => {
  const { directory, output } = guest('endless');
  const args = ['record', 'guest.bin', ...REAL_MODE, '--max-steps', '0x100'];
  const { code } = kvmtrace(args, { cwd: directory });
  t.is(code, 0);
  t.is(meta(output).get('stop_reason'), 'max-steps');
  t.is(meta(output).get('steps'), 256n);
});

test('Ctrl-C, even twice, closes the trace', async (t) => {
  const { directory, output } = guest('endless');
  const child = spawn(process.execPath, [MAIN, 'record', 'guest.bin', ...REAL_MODE], {
    cwd: directory,
  });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  while (!existsSync(output)) await sleep(20);
  await sleep(700);
  child.kill('SIGINT');
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  t.is(code, 0, stderr);
  t.regex(stderr, /^\d+ steps, stopped by interrupted/);
  t.is(meta(output).get('stop_reason'), 'interrupted');
  t.is(meta(output).get('complete'), 1n);
});

test('after kill -9 every command answers up to the last batch', async (t) => {
  const { directory, output } = guest('endless');
  const child = spawn(process.execPath, [MAIN, 'record', 'guest.bin', ...REAL_MODE], {
    cwd: directory,
    stdio: 'ignore',
  });
  while (!existsSync(output)) await sleep(20);
  await sleep(2500);
  child.kill('SIGKILL');
  await once(child, 'close');
  const info = kvmtrace(['info', output]);
  t.is(info.code, 0, info.stderr);
  t.regex(info.stdout, /complete +no/);
  using trace = Trace.open(output);
  t.true(trace.stepCount > 1000);
  const last = trace.stepCount - 1;
  t.is([...trace.steps(last, 1)][0]?.step, last);
  t.is(trace.state(last).generalRegisters().length, 17);
  t.is(kvmtrace(['steps', output, '--from', '-5']).code, 0);
  t.is(kvmtrace(['query', output, 'SELECT count(*) FROM step']).code, 0);
});

test('progress is drawn on terminals, and taken away', (t) => {
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.log('no script(1): not tested');
    t.pass();
    return;
  }
  const STEPS = fewer(100_000);
  const { directory } = guest('endless');
  const command = [
    process.execPath,
    MAIN,
    'record',
    'guest.bin',
    ...REAL_MODE,
    '--max-steps',
    String(STEPS),
  ];
  const { stdout } = spawnSync('script', ['-qec', command.join(' '), '/dev/null'], {
    cwd: directory,
    encoding: 'utf8',
  });
  t.regex(stdout, /\d+ steps, \d+ steps\/s, [\d.]+ \w+, \d+ %, \d+:\d\d left/);
  t.regex(stdout, new RegExp(`\\r\\x1b\\[2K${STEPS} steps, stopped by max-steps.*\\r\\n$`));
});

const REFUSED: readonly (readonly [
  name: string,
  args: readonly string[],
  code: number,
  expected: RegExp,
])[] = [
  ['no such guest', ['none.bin'], 2, /none\.bin/],
  ['an output that is a directory', ['guest.bin', '-o', '.'], 2, /is a directory/],
  ['an output that cannot be', ['guest.bin', '-o', 'no/such/t.db'], 2, /no\/such\/t\.db/],
  ['no such device', ['guest.bin', '--device', '/dev/none'], 3, /\/dev\/none is missing/],
  [
    'a device that is none',
    ['guest.bin', '--device', '/dev/null'],
    3,
    /\/dev\/null is not a KVM device/,
  ],
  ['no such input', ['guest.bin', '--port-input', 'none'], 2, /none cannot be read/],
  ['too much memory', ['guest.bin', '--memory', '999999G'], 2, /999999G|memory/],
];
for (const [name, args, code, expected] of REFUSED) {
  test(`refuses: ${name}`, (t) => {
    const { directory } = guest('prints');
    const result = kvmtrace(['record', ...args, '--mode', 'real', '--load', '0x1000'], {
      cwd: directory,
    });
    t.regex(result.stderr, expected);
    t.is(result.code, code, result.stderr);
    t.true(isOneSentence(result.stderr.trimEnd()), result.stderr);
    t.deepEqual(readdirSync(directory), ['guest.bin'], 'nothing left behind');
  });
}
