/** What never ends: guests, SQL, and suites whose process is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runSuite } from '../../src/check/suite.js';
import type { CaseResult } from '../../src/check/run-case.js';
import { packageRoot } from '../../src/base/package-root.js';
import { temporary } from '../helpers/built-guest.js';
import { kvmTest } from '../helpers/kvm.js';

const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));

/** jmp $-1 with an inc before it, so that it is no livelock; and hlt. */
const ENDLESS = Buffer.from('40ebfd', 'hex');
const HALTS = Buffer.from('f4', 'hex');

const REAL = { mode: 'real', load: '0x1000', memory: '1M', 'no-fpu': true };
const FOREVER =
  'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c';

function suite(manifest: object, code: Buffer): string {
  const directory = temporary();
  writeFileSync(join(directory, 'guest.bin'), code);
  writeFileSync(join(directory, 'case.json'), JSON.stringify(manifest));
  return directory;
}

async function run(directory: string, update: boolean): Promise<CaseResult> {
  const { signal } = new AbortController();
  const [result] = await runSuite(directory, {
    update,
    keep: undefined,
    jobs: 1,
    signal,
    program: MAIN,
  });
  return result!;
}

kvmTest('a guest that does not end fails its case, in time', async (t) => {
  const directory = suite({ guest: 'guest.bin', options: REAL, timeout: 5 }, ENDLESS);
  const result = await run(directory, true);
  t.is(result.status, 'failed');
  t.regex(result.message, /^the guest did not end within 5 s: give max-steps/);
  t.false(existsSync(join(directory, 'case.trace')));
});

kvmTest('SQL that does not end is named, and ended', async (t) => {
  const manifest = {
    ...{ guest: 'guest.bin', options: REAL, timeout: 15 },
    assertions: ['SELECT 1 WHERE 0', FOREVER],
  };
  const directory = suite(manifest, HALTS);
  const result = await run(directory, true);
  t.is(result.status, 'error');
  t.regex(result.message, /^assertion 2 did not end within 15 s/);
});

/** Starts `kvmtrace check` on a guest without end; resolves once it is being recorded. */
async function startCheck(TMPDIR: string, ...more: string[]) {
  mkdirSync(TMPDIR);
  const directory = suite({ guest: 'guest.bin', options: REAL }, ENDLESS);
  const child = spawn(process.execPath, [MAIN, 'check', directory, '--update', ...more], {
    env: { ...process.env, TMPDIR },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  while (!readdirSync(TMPDIR).some((name) => existsSync(join(TMPDIR, name, 't.db')))) {
    await sleep(20);
  }
  return { child, ended };
}

/** Processes that have the directory on their command line. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
      } catch {
        return false;
      }
    });
}

kvmTest(
  'a check that is told to end ends its recorders, reports, and leaves nothing',
  async (t) => {
    const TMPDIR = join(temporary(), 'tmp');
    const report = join(temporary(), 'made/for/it/report.xml');
    const { child, ended } = await startCheck(TMPDIR, '--junit', report);
    child.kill('SIGTERM');
    const [code] = await ended;
    t.is(code, 130);
    t.deepEqual(readdirSync(TMPDIR), []);
    t.deepEqual(processesWith(TMPDIR), []);
    t.regex(readFileSync(report, 'utf8'), /<error message="interrupted"/);
  },
);

kvmTest('the recorders of a check that is killed end by themselves', async (t) => {
  const TMPDIR = join(temporary(), 'tmp');
  const { child, ended } = await startCheck(TMPDIR);
  t.true(processesWith(TMPDIR).length > 0);
  child.kill('SIGKILL');
  await ended;
  const deadline = performance.now() + 30_000;
  while (processesWith(TMPDIR).length > 0 && performance.now() < deadline) await sleep(50);
  t.deepEqual(processesWith(TMPDIR), []);
});
