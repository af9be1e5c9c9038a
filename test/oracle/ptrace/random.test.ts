/** Guests of random integer instructions in all three modes against the CPU itself. */
import Sqlite from 'better-sqlite3';
import type { ExecutionContext } from 'ava';
import { fewer } from '../../helpers/kvm.js';
import { withDirectory } from '../helpers/build.js';
import { record } from '../helpers/record.js';
import { serialKvmTest } from '../helpers/serial-test.js';
import { OracleTrace } from '../helpers/trace.js';
import { buildRandom, RANDOM_SEED } from '../random/build.js';
import { randomGuest, type RandomGuest } from '../random/guest.js';
import { compareWithProcess, type Comparison } from './compare.js';
import { buildStepper } from './run.js';

/** @param tamper changes the trace before it is compared */
async function compareGuest(
  t: ExecutionContext,
  guest: RandomGuest,
  directory: string,
  tamper?: string,
): Promise<Comparison & { steps: number }> {
  const built = buildRandom(randomGuest(guest), guest.bits, directory);
  const result = await record(built, directory);
  t.is(result.stopReason, 'debug-exit', result.detail);
  if (tamper !== undefined) new Sqlite(result.trace).exec(tamper).close();
  using trace = new OracleTrace(result.trace);
  const compared = await compareWithProcess(trace, buildStepper(directory), directory);
  return { ...compared, steps: result.steps };
}

function compareRandom(bits: 16 | 32 | 64, count: number, seed: number): void {
  serialKvmTest(`random ${bits}-bit code, seed ${seed}, as on the CPU`, async (t) => {
    await withDirectory(async (directory) => {
      const guest = { seed, bits, count, definedFlagsOnly: true };
      const { steps, states, differences } = await compareGuest(t, guest, directory);
      t.deepEqual(differences, []);
      t.is(states, steps + 1);
      t.log(`${steps} steps equal`);
    });
  });
}

compareRandom(64, fewer(30_000), RANDOM_SEED);
compareRandom(32, fewer(20_000), RANDOM_SEED);
// As many as fit between the load address and the end of the segment.
for (let i = 0; i < 4; i++) compareRandom(16, 2500, RANDOM_SEED + i);

const MISTAKES = [
  ['a wrong flag', 'UPDATE register_write SET value = (value | 16) - (value & 16) WHERE register = 16 AND step >= 100 AND step < 120'],
  ['a write to a register that is missing', 'DELETE FROM register_write WHERE register = 1 AND step = (SELECT max(step) FROM register_write WHERE register = 1)'],
  ['a step that is missing', 'UPDATE step SET instruction = (SELECT instruction FROM step WHERE id = 101) WHERE id = 100'],
  ['a write to memory that is missing', 'DELETE FROM memory_write WHERE step = (SELECT max(step) FROM memory_write)'],
] as const; // prettier-ignore

for (const [title, sql] of MISTAKES) {
  serialKvmTest(`the comparison sees ${title}`, async (t) => {
    await withDirectory(async (directory) => {
      const guest = { seed: 7, bits: 64, count: 200, definedFlagsOnly: true } as const;
      const { differences } = await compareGuest(t, guest, directory, sql);
      t.not(differences.length, 0);
    });
  });
}
