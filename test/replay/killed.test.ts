/** Recorders that are killed leave traces that can be read and replayed up to their last batch. */
import { spawn } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { kvmTest } from '../helpers/kvm.js';
import { replayFile } from './recorded.js';

const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
const GUEST = fileURLToPath(new URL('guests/sample/sample.elf', packageRoot));
const KILLS = 20;
const AT_ONCE = 4;
/** Between when the file has some size and this much later. */
const SPREAD_MS = 3000;
/** Of a few files as soon as they are there, of the others once they have steps. */
const EARLY = 4;
const WITH_STEPS_BYTES = 300_000;
/** What is replayed at the end of each: from the snapshot before it. */
const LAST_STEPS = 10_000;

async function recordAndKill(output: string, sizeBytes: number, afterMs: number): Promise<void> {
  const args = ['record', GUEST, '-o', output, '--memory', '4M', '--snapshot-every', '5000'];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const size = (): number => statSync(output, { throwIfNoEntry: false })?.size ?? 0;
  while (child.exitCode === null && size() < sizeBytes) await sleep(10);
  await sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}

kvmTest(
  'traces cut short by kill -9 at 20 random moments open, reconstruct and replay',
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-killed-'));
    let replayed = 0;
    const one = async (index: number): Promise<void> => {
      const path = join(directory, `${index}.db`);
      // Random, and spread evenly all the same.
      const afterMs = (SPREAD_MS * (index + Math.random())) / KILLS;
      await recordAndKill(path, index < EARLY ? 1 : WITH_STEPS_BYTES, afterMs);
      let steps: number;
      try {
        using trace = Trace.open(path);
        steps = trace.stepCount;
        // Killed before the first batch.
        if (steps === 0) return;
        const state = trace.state(steps);
        t.is(typeof state.register('rax'), 'bigint');
        t.is(state.readPhysical(0x100000, 4096).bytes.length, 4096);
        t.is([...trace.steps(0, 10)].length, Math.min(10, steps));
      } catch (error) {
        // Killed before there was a trace.
        t.regex(
          String(error),
          /there is no|not a trace|is empty|no such file|damaged/i,
          `${afterMs}`,
        );
        return;
      }
      if (steps === 0) return;
      const outcome = await replayFile(path, { from: Math.max(0, steps - LAST_STEPS) });
      t.is(outcome.divergence, undefined, `killed after ${afterMs} ms`);
      t.is(outcome.start + outcome.steps, steps);
      replayed++;
    };
    for (let first = 0; first < KILLS; first += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => one(first + i)));
    }
    t.log(`${replayed} of ${KILLS} had steps`);
    t.true(replayed >= KILLS - EARLY);
  },
);
