/**
 * Recording against a C loop that only single-steps the same guest with sync regs: speed of the whole
 * process from start to exit, bytes a step of the closed file with its indexes, and the peak memory
 * of the process. The two run by turns, so that a machine whose speed drifts slows both.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, parseRounds, verdict } from './report.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guest = join(root, 'guests/bench/bench.elf');
const stepLoop = join(root, 'bench/build/step-loop');
const cli = join(root, 'dist/src/cli/main.js');

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
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let summary = '';
  child.stderr.on('data', (data: Buffer) => (summary += data.toString()));
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid));
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`kvmtrace record ended with ${String(code)}: ${summary}`);
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

/** The most memory that a process has had so far (VmHWM), in bytes. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It has just ended.
  }
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
  verdict('recording ÷ C loop, whole processes (median)', median(ratios), '≥', 0.8);
  verdict('bytes a step in the closed file, indexes included', bytesPerStep, '≤', 45);
  verdict(`MiB of peak memory beyond the guest's ${GUEST_MEMORY_BYTES >> 20}`, beyondMiB, '≤', 300);
} finally {
  rmSync(directory, { recursive: true });
}

function perSecond({ steps, seconds }: { steps: number; seconds: number }): string {
  return `${Math.round(steps / seconds)} steps/s`;
}
