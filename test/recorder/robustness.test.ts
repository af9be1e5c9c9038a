/** Recorders that are killed, stopped, or given paths they cannot use. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Trace } from '../../src/query/trace.js';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryDirectory } from '../helpers/temporary.js';
import { DISK, runOnFullDisk } from '../helpers/full-disk.js';
import { kvmTest } from '../helpers/kvm.js';
import { noteSkip } from '../helpers/skip.js';
import { isOneSentence } from '../helpers/sentence.js';

const RECORDER = fileURLToPath(new URL('endless-recorder.js', import.meta.url));
const KILL_AFTER_MS = [0, 150, 900, 1700];
/** A batch is handed over every quarter of a second, and written while the next one fills. */
const LOST_SECONDS = 1;

interface Child {
  readonly output: string;
  /** Steps done, as the recorder last said, and when. */
  readonly progress: { steps: number; at: number }[];
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a recording without end in a process of its own and waits until it has begun. */
async function startRecorder(): Promise<Child> {
  const output = join(temporaryDirectory(), 't.db');
  const child = spawn(process.execPath, [RECORDER, output], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const progress: Child['progress'] = [];
  child.stdout.on('data', (data: Buffer) => {
    const steps = Number(data.toString().trimEnd().split('\n').at(-1));
    progress.push({ steps, at: performance.now() });
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  while (progress.length === 0 && child.exitCode === null) await sleep(5);
  return {
    output,
    progress,
    async stop(signal) {
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
}

for (const afterMs of KILL_AFTER_MS) {
  kvmTest(`kill -9 ${afterMs} ms after the first steps`, async (t) => {
    const child = await startRecorder();
    await sleep(afterMs);
    const killedAt = performance.now();
    await child.stop('SIGKILL');
    // Stock SQLite first: it must roll back what was not committed by itself.
    const query = `SELECT value FROM meta WHERE key = 'complete';
      SELECT value FROM meta WHERE key = 'stop_reason';
      SELECT (SELECT value FROM meta WHERE key = 'steps') = (SELECT count(*) FROM step);
      PRAGMA integrity_check;`;
    const sqlite = spawnSync('sqlite3', [child.output, query], { encoding: 'utf8' });
    if (sqlite.error === undefined) t.is(sqlite.stdout, '0\nincomplete\n1\nok\n', sqlite.stderr);
    else {
      process.stderr.write(`SKIPPED in part, there is no sqlite3: ${t.title}\n`);
      noteSkip('no sqlite3');
    }
    using trace = Trace.open(child.output);
    const committed = trace.stepCount;
    const old = child.progress.filter(({ at }) => at < killedAt - LOST_SECONDS * 1000).at(-1);
    t.true(committed >= (old?.steps ?? 0), `${committed} of ${old?.steps} steps a second before`);
    if (committed === 0) return;
    t.is([...trace.steps(committed - 1, 1)].length, 1);
    t.is(trace.state(committed).register('rbx'), BigInt(Math.ceil(committed / 2)) & 0xffffffffn);
  });
}

kvmTest('SIGINT closes the trace', async (t) => {
  const child = await startRecorder();
  await sleep(300);
  t.is(await child.stop('SIGINT'), 0);
  using trace = Trace.open(child.output);
  const meta = new Map(trace.info().meta);
  t.is(meta.get('stop_reason'), 'interrupted');
  t.is(meta.get('complete'), 1n);
  t.true(trace.stepCount >= child.progress.at(-1)!.steps);
  t.false(existsSync(`${child.output}-journal`), 'one file');
});

kvmTest(
  'a trace that is being recorded is not indexed: the recorder could not go on',
  async (t) => {
    const child = await startRecorder();
    await sleep(600);
    const running = kvmtrace(['index', child.output]);
    t.is(running.code, 2);
    t.regex(
      running.stderr,
      /t\.db is being recorded by process \d+: index it when that has ended\.\n$/,
    );
    t.regex(kvmtrace(['info', child.output]).stdout, /complete +no: process \d+ is recording it\n/);
    t.is(await child.stop('SIGINT'), 0);
    t.is(kvmtrace(['index', child.output]).code, 0);
    using trace = Trace.open(child.output);
    t.true(trace.hasIndex);
    t.false(new Map(trace.info().meta).has('recorder'));
  },
);

kvmTest('a trace whose recorder was killed is indexed', async (t) => {
  const child = await startRecorder();
  await sleep(600);
  await child.stop('SIGKILL');
  t.regex(kvmtrace(['info', child.output]).stdout, /complete +no: the recording was not closed/);
  t.is(kvmtrace(['index', child.output]).code, 0);
});

kvmTest('--force replaces nothing where the guest, KVM or an option is bad', (t) => {
  const directory = temporaryDirectory();
  const output = join(directory, 't.db');
  writeFileSync(output, 'precious');
  writeFileSync(join(directory, 'guest.bin'), Buffer.from('f4', 'hex'));
  writeFileSync(join(directory, 'empty.bin'), '');
  mkdirSync(join(directory, 'a-directory'));
  for (const args of [
    ['none.bin'],
    ['empty.bin'],
    ['a-directory'],
    ['guest.bin', '--mode', 'long', '--load', '0xffffffff'],
    ['guest.bin', '--device', '/dev/null'],
    ['guest.bin', '--port-input', 'none'],
    ['guest.bin', '--memory', '999999G'],
  ]) {
    const run = kvmtrace(['record', '--format', 'flat', ...args, '-o', 't.db', '--force'], {
      cwd: directory,
    });
    t.true(run.code === 2 || run.code === 3, `${args.join(' ')}: ${run.code} ${run.stderr}`);
    t.true(isOneSentence(run.stderr.trimEnd()), run.stderr);
    t.is(readFileSync(output, 'utf8'), 'precious', args.join(' '));
  }
});

kvmTest('outputs that cannot be: a directory, and where nothing can be made', (t) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'guest.bin'), Buffer.from('f4', 'hex'));
  mkdirSync(join(directory, 'a-directory'));
  // Not even root makes files in /sys.
  for (const output of ['a-directory', '/sys/t.db', 'guest.bin/t.db', 'no/t.db']) {
    for (const force of [[], ['--force']]) {
      const args = ['record', 'guest.bin', '--mode', 'real', '-o', output, ...force];
      const { code, stderr } = kvmtrace(args, { cwd: directory });
      t.is(code, 2, stderr);
      t.true(stderr.includes(output), stderr);
      t.true(isOneSentence(stderr.trimEnd()), stderr);
    }
  }
  t.deepEqual(readdirSync(directory).sort(), ['a-directory', 'guest.bin']);
  t.deepEqual(readdirSync(join(directory, 'a-directory')), []);
});

kvmTest('a disk that is full from the start leaves no file', (t) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'guest.bin'), Buffer.from('f4', 'hex'));
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
  const output = `${DISK}/t.db`;
  const args = [main, 'record', 'guest.bin', '--mode', 'real', '-o', output];
  const run = runOnFullDisk(directory, 8, args);
  t.is(run.status, 3, run.stderr);
  t.true(isOneSentence(run.stderr.trimEnd()), run.stderr);
  t.regex(run.stderr, /t\.db cannot be written/);
  t.deepEqual(readdirSync(join(directory, DISK)), []);
});
