/**
 * How fast others see each instruction of the same guest: QEMU's log of executed code and registers, and
 * gdb that steps QEMU. Divided by the C loop's speed in the same run.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { OracleTrace } from '../test/oracle/helpers/trace.js';
import { machineOf } from '../test/oracle/qemu/machine.js';
import { runLogged } from '../test/oracle/qemu/process.js';
import { QEMU, qemuAvailable, singleInstructionOptions } from '../test/oracle/qemu/version.js';
import { measured, median, parseRounds } from './report.js';
import { cli, root } from './traces.js';

const guest = join(root, 'guests/bench/bench.elf');
const GUEST_MEMORY = '16M';
/** How long QEMU logs in a round: some hundred MB a second. */
const LOG_MS = 4000;
const GDB_STEPS = 500;

/** One an instruction, among its registers. */
const ENTRY = Buffer.from('\nRIP=');

interface Speed {
  readonly steps: number;
  readonly seconds: number;
}

function stepLoop(): number {
  const out = execFileSync(join(root, 'bench/build/step-loop'), [guest], { encoding: 'utf8' });
  const { steps, seconds } = JSON.parse(out) as Speed;
  return steps / seconds;
}

/** Steps a second, and the bytes of the log for each. */
async function logSpeed(
  parameters: readonly string[],
  directory: string,
): Promise<{ readonly speed: number; readonly bytesPerStep: number }> {
  let steps = 0;
  let bytes = 0;
  let start = 0;
  for await (const chunk of runLogged(parameters, directory)) {
    if (start === 0) start = performance.now();
    bytes += chunk.length;
    for (let at = chunk.indexOf(ENTRY); at >= 0; at = chunk.indexOf(ENTRY, at + 1)) steps++;
    if (performance.now() - start > LOG_MS) break;
  }
  rmSync(join(directory, 'qemu-log'));
  const seconds = (performance.now() - start) / 1000;
  return { speed: steps / seconds, bytesPerStep: bytes / steps };
}

/** Steps a second of gdb on QEMU's stub, after it has connected and stepped once. */
async function gdbSpeed(parameters: readonly string[], directory: string): Promise<number> {
  const socket = join(directory, 'gdb-socket');
  const stub = [
    '-S',
    '-chardev',
    `socket,path=${socket},server=on,wait=off,id=gdb`,
    '-gdb',
    'chardev:gdb',
  ];
  const qemu = spawn(QEMU, [...parameters, ...stub], { stdio: 'ignore' });
  const closed = once(qemu, 'close');
  try {
    while (!existsSync(socket) && qemu.exitCode === null) await setTimeout(20);
    const timed = `t = time.time(); gdb.execute('stepi ${GDB_STEPS}', to_string=True); print('SPEED', ${GDB_STEPS} / (time.time() - t))`;
    const commands = [`target remote ${socket}`, 'stepi', `python import time; ${timed}`, 'kill'];
    const args = ['-nx', '-batch', ...commands.flatMap((each) => ['-ex', each])];
    const found = /SPEED ([\d.]+)/.exec(
      execFileSync('gdb', args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )?.[1];
    if (found === undefined) throw new Error('gdb did not step QEMU');
    return Number(found);
  } finally {
    qemu.kill('SIGKILL');
    await closed;
  }
}

if (qemuAvailable) {
  // The C loop and the others run by turns.
  const rounds = parseRounds(process.argv[2]);
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-bench-'));
  try {
    const path = join(directory, 'start.db');
    const args = [cli, 'record', guest, '-o', path, '--max-steps', '10', '--memory', GUEST_MEMORY];
    execFileSync(process.execPath, args, { stdio: 'ignore' });
    const trace = new OracleTrace(path);
    const { parameters } = machineOf(trace, directory);
    trace.close();
    const each = [...singleInstructionOptions(), ...parameters];
    const logRatios: number[] = [];
    const gdbRatios: number[] = [];
    let bytes = 0;
    for (let round = 0; round < rounds; round++) {
      const loop = stepLoop();
      const log = await logSpeed([...each, '-d', 'exec,cpu,nochain'], directory);
      bytes = log.bytesPerStep;
      logRatios.push(log.speed / loop);
      gdbRatios.push((await gdbSpeed(each, directory)) / loop);
      rmSync(join(directory, 'gdb-socket'), { force: true });
    }
    measured('QEMU -d exec,cpu ÷ C loop', median(logRatios));
    measured('bytes a step of its log', bytes);
    measured('gdb stepping QEMU ÷ C loop', median(gdbRatios));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
} else {
  console.log(`no ${QEMU} here: others are not measured`);
}
