/**
 * Recording against a C loop that only single-steps the same guest with sync regs: speed of the whole
 * process from start to exit, bytes a step of the closed file with its indexes, and the peak memory
 * of the process. The two run by turns, so that a machine whose speed drifts slows both.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from './process.js';
import { median, parseRounds, verdict } from './report.js';
import { cli, root } from './traces.js';

const guest = join(root, 'guests/bench/bench.elf');
const stepLoop = join(root, 'bench/build/step-loop');

const GUEST_MEMORY_BYTES = 16 * 1024 ** 2;

interface Recording {
  readonly steps: number;
  readonly seconds: number;
  readonly fileBytes: number;
  readonly peakBytes: number;
}

function runStepLoop(): { steps: number; seconds: number } {
  const out = JSON.parse(execFileSync(stepLoop, [guest], { encoding: 'utf8' })) as {
    steps: number;
    processSeconds: number;
  };
  return { steps: out.steps, seconds: out.processSeconds };
}

async function runRecord(directory: string): Promise<Recording> {
  const trace = join(directory, 'bench.db');
  const args = [
    cli,
    'record',
    guest,
    '-o',
    trace,
    '--force',
    '--memory',
    String(GUEST_MEMORY_BYTES),
  ];
  const { code, seconds, peakBytes, stderr } = await runProcess(args);
  if (code !== 0) throw new Error(`kvmtrace record ended with ${String(code)}: ${stderr}`);
  const steps = Number(
    execFileSync(
      process.execPath,
      [cli, 'query', trace, 'SELECT count(*) FROM step', '--format', 'csv'],
      {
        encoding: 'utf8',
      },
    )
      .trim()
      .split('\n')
      .at(-1),
  );
  return { steps, seconds, fileBytes: statSync(trace).size, peakBytes };
}

const rounds = parseRounds(process.argv[2]);
execFileSync('make', ['-s', '-C', join(root, 'bench/c')], { stdio: 'inherit' });
const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-bench-'));
try {
  const ratios: number[] = [];
  let last: Recording | undefined;
  for (let round = 1; round <= rounds; round++) {
    const loop = runStepLoop();
    const recording = await runRecord(directory);
    if (recording.steps !== loop.steps) {
      throw new Error(`the C loop retired ${loop.steps} steps, the recorder ${recording.steps}`);
    }
    const ratio = recording.steps / recording.seconds / (loop.steps / loop.seconds);
    console.log(
      `round ${round}: ${loop.steps} steps; C loop ${perSecond(loop)}, kvmtrace record ${perSecond(recording)}: ratio ${ratio.toFixed(3)}`,
    );
    ratios.push(ratio);
    last = recording;
  }
  const bytesPerStep = last!.fileBytes / last!.steps;
  const beyondMiB = (last!.peakBytes - GUEST_MEMORY_BYTES) / 1024 ** 2;
  console.log('');
  verdict('recording ÷ C loop, whole processes (median)', median(ratios), '≥', 0.92);
  verdict('bytes a step in the closed file, indexes included', bytesPerStep, '≤', 32);
  verdict(`MiB of peak memory beyond the guest's ${GUEST_MEMORY_BYTES >> 20}`, beyondMiB, '≤', 300);
} finally {
  rmSync(directory, { recursive: true });
}

function perSecond({ steps, seconds }: { steps: number; seconds: number }): string {
  return `${Math.round(steps / seconds)} steps/s`;
}
