/**
 * Replay with comparison against a C loop that only single-steps the same guest with sync regs: steps
 * a second of the loops alone, without start and end. The two run by turns, so that a machine whose
 * speed drifts slows both. Then how fast the thread that reads the trace is by itself.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTrace } from '../src/trace/read/open.js';
import { median, parseRounds, verdict } from './report.js';
import { cli, root } from './traces.js';

const guest = join(root, 'guests/bench/bench.elf');
const stepLoop = join(root, 'bench/build/step-loop');

interface Speed {
  readonly steps: number;
  readonly seconds: number;
}

function runStepLoop(): Speed {
  const out = execFileSync(stepLoop, [guest], { encoding: 'utf8' });
  const { steps, seconds } = JSON.parse(out) as Speed;
  return { steps, seconds };
}

function runReplay(trace: string): Speed {
  const args = [cli, 'replay', trace, '--format', 'json'];
  const out = execFileSync(process.execPath, args, { encoding: 'utf8' });
  const { identical, steps, seconds } = JSON.parse(out) as Speed & { identical: boolean };
  if (!identical) throw new Error(`the replay diverged: ${out}`);
  return { steps, seconds };
}

/** Reads all steps in order, and does nothing with them. */
function readSteps(path: string): Speed {
  using trace = openTrace(path);
  const steps = trace.stepCount;
  const start = performance.now();
  trace.stepStream().readMany(0, steps, () => undefined);
  return { steps, seconds: (performance.now() - start) / 1000 };
}

const rounds = parseRounds(process.argv[2]);
execFileSync('make', ['-s', '-C', join(root, 'bench/c')], { stdio: 'inherit' });
const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-bench-'));
try {
  const trace = join(directory, 'bench.db');
  execFileSync(process.execPath, [cli, 'record', guest, '-o', trace, '--memory', '16M'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const loop = runStepLoop();
    const replayed = runReplay(trace);
    if (replayed.steps !== loop.steps) {
      throw new Error(`the C loop retired ${loop.steps} steps, the replay ${replayed.steps}`);
    }
    const ratio = perSecond(replayed) / perSecond(loop);
    console.log(
      `round ${round}: ${loop.steps} steps; C loop ${Math.round(perSecond(loop))} steps/s, kvmtrace replay ${Math.round(perSecond(replayed))} steps/s: ratio ${ratio.toFixed(3)}`,
    );
    ratios.push(ratio);
  }
  console.log('');
  verdict('replay with comparison ÷ C loop (median)', median(ratios), '≥', 0.9);
  verdict('steps/s of reading the trace in order', perSecond(readSteps(trace)), '≥', 250_000);
} finally {
  rmSync(directory, { recursive: true });
}

function perSecond({ steps, seconds }: Speed): number {
  return steps / seconds;
}
