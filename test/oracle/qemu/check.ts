import type { ExecutionContext } from 'ava';
import { compareFinalRam } from '../helpers/memory.js';
import { record, type FlatGuest, type OracleRecording } from '../helpers/record.js';
import { OracleTrace } from '../helpers/trace.js';
import { compareWithLog } from './compare.js';
import { runInQemu, type QemuOptions } from './machine.js';

/** A guest or a recording that goes wrong must not run for ever. */
const LIMITS = { maxSteps: 200_000, timeoutMs: 20_000 };

export interface Expected extends QemuOptions {
  /** Why the recording ends; default: the guest ends itself. */
  readonly stop?: string;
  /** Vectors of the interruptions in their order: QEMU does not log them in real mode. */
  readonly vectors?: readonly number[];
  /** Differences for which QEMU is to blame. */
  readonly tolerated?: readonly RegExp[];
  /** Enters user mode in long mode, before which the recording ends where KVM cannot step it. */
  readonly entersUserMode?: boolean;
}

/** Records a guest and compares every state, every interruption and the final RAM with QEMU's. */
export async function checkWithQemu(
  t: ExecutionContext,
  guest: FlatGuest,
  directory: string,
  expected: Expected = {},
): Promise<void> {
  let result = await record(guest, directory, LIMITS);
  if (expected.entersUserMode === true && isUserModeRefused(result)) {
    const { steps } = result;
    process.stderr.write(
      `SKIPPED: ${t.title}: this KVM does not step 64-bit user mode, only ${steps} steps are compared\n`,
    );
    result = await record(guest, directory, { ...LIMITS, maxSteps: steps });
    await compareRecording(t, result, directory, { ...expected, stop: 'max-steps' });
    return;
  }
  await compareRecording(t, result, directory, expected);
}

function isUserModeRefused({ stopReason, detail }: OracleRecording): boolean {
  return stopReason === 'internal-error' && detail.includes('user mode');
}

/** Compares a recording. */
export async function compareRecording(
  t: ExecutionContext,
  result: OracleRecording,
  directory: string,
  { stop = 'debug-exit', vectors, tolerated = [], apic = true }: Expected = {},
): Promise<void> {
  t.is(result.stopReason, stop, result.detail);
  using trace = new OracleTrace(result.trace);
  const { entries, ramPath } = runInQemu(trace, directory, { apic });
  const compared = await compareWithLog(trace, entries);
  const differences = compared.differences.filter(
    (difference) => !tolerated.some((known) => known.test(difference)),
  );
  t.deepEqual(differences, []);
  // Behind a limit QEMU has run on.
  if (stop !== 'max-steps') t.deepEqual(compareFinalRam(trace, ramPath), [], 'RAM at the end');
  t.true(compared.states >= result.steps);
  const rows = trace.interruptions();
  t.is(compared.interruptions, rows.length);
  if (vectors !== undefined) {
    t.deepEqual(
      rows.map(({ vector }) => vector),
      vectors,
    );
  }
  t.log(`${compared.states} states and ${compared.interruptions} interruptions equal`);
}
