import type { ExecutionContext } from 'ava';
import { compareFinalRam } from '../helpers/memory.js';
import { record, type FlatGuest } from '../helpers/record.js';
import { OracleTrace } from '../helpers/trace.js';
import { compareWithLog, type QemuComparison } from './compare.js';
import { runInQemu } from './machine.js';

export interface Expected {
  /** Why the recording ends; default: the guest ends itself. */
  readonly stop?: string;
}

/** Records a guest and compares every state, every interruption and the final RAM with QEMU's. */
export async function checkWithQemu(
  t: ExecutionContext,
  guest: FlatGuest,
  directory: string,
  { stop = 'debug-exit' }: Expected = {},
): Promise<QemuComparison> {
  const result = await record(guest, directory);
  t.is(result.stopReason, stop, result.detail);
  using trace = new OracleTrace(result.trace);
  const { entries, ramPath } = runInQemu(trace, directory);
  const compared = await compareWithLog(trace, entries);
  t.deepEqual(compared.differences, []);
  t.deepEqual(compareFinalRam(trace, ramPath), [], 'RAM of the last state');
  t.true(compared.states >= result.steps);
  t.is(compared.interruptions, trace.interruptions().length);
  t.log(`${compared.states} states and ${compared.interruptions} interruptions equal`);
  return compared;
}
