/**
 * Comparing traces of 10 million steps: the same, parted late by one byte of input, and two builds.
 * Finding the place is timed in a process that is warm, everything else as whole processes.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { exactDiff } from '../src/diff/exact/exact-diff.js';
import { firstSuspect, sameByHash } from '../src/diff/exact/chunks.js';
import { NOTHING_IGNORED } from '../src/diff/ignore.js';
import { Side } from '../src/diff/side.js';
import { runProcess, type ProcessRun } from './process.js';
import { median, verdict } from './report.js';
import { cli, tenMillionSteps } from './traces.js';

const ROUNDS = 20;
const GIB = 1024 ** 3;

function milliseconds(work: () => unknown): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  return median(times);
}

async function runDiff(a: string, b: string, expected: number): Promise<ProcessRun> {
  const run = await runProcess([cli, 'diff', a, b]);
  if (run.code !== expected) {
    throw new Error(`kvmtrace diff ended with ${String(run.code)}: ${run.stderr}${run.stdout}`);
  }
  const { seconds, peakBytes, stdout } = run;
  const [first] = stdout.split('\n');
  console.log(`  ${seconds.toFixed(1)} s, ${Math.round(peakBytes / 1024 ** 2)} MiB: ${first!}`);
  return run;
}

const a = tenMillionSteps('bench10m.elf', 'a');
const b = tenMillionSteps('bench10m.elf', 'b');
const other = tenMillionSteps('bench10m-o1.elf', 'a');
const copy = `${a}.copy`;
copyFileSync(a, copy);
try {
  console.log('the same guest and input');
  await runDiff(a, copy, 0);
  {
    using left = new Side(a);
    using right = new Side(copy);
    const pair = { a: left, b: right };
    if (!sameByHash(pair)) throw new Error('the copy hashes otherwise');
    verdict('ms: saying that they are the same', milliseconds(() => sameByHash(pair)), '≤', 10); // prettier-ignore
  }
  console.log('the same guest, one byte of input differs on a late day');
  await runDiff(a, b, 1);
  {
    using left = new Side(a);
    using right = new Side(b);
    const pair = { a: left, b: right };
    const options = { rules: NOTHING_IGNORED, all: false, follow: 0 };
    const { groups } = exactDiff(pair, options);
    console.log(`  they part at step ${groups[0]!.first.stepA} of ${left.stepCount}`);
    verdict('ms: finding the 1024 steps in which they part', milliseconds(() => firstSuspect(pair)), '≤', 10); // prettier-ignore
    verdict('ms: finding the step and its cause', milliseconds(() => exactDiff(pair, options)), '≤', 100); // prettier-ignore
  }
  console.log('two builds, -O1 and -O2');
  const aligned = await runDiff(other, a, 1);
  verdict('s: comparing two builds', aligned.seconds, '≤', 4);
  verdict('GiB of peak memory for that', aligned.peakBytes / GIB, '≤', 1);
} finally {
  rmSync(copy, { force: true });
}
