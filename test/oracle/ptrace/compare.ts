/** Compares every state of a trace with the state of a process that runs the same code. */
import { Allowance } from '../helpers/allowance.js';
import type { TraceCursor, TraceInstruction } from '../helpers/cursor.js';
import { compareFinalRam } from '../helpers/memory.js';
import type { OracleTrace } from '../helpers/trace.js';
import { kvmEmulated } from '../../helpers/host.js';
import { GENERAL_REGISTERS, REGISTER_RFLAGS } from '../../../src/trace/format/registers.js';
import { runInProcess, STATE_FLAGS, STATE_RIP, STATE_WORDS } from './run.js';

/** TF and RF are the stepping's own; a process has IF set, whatever the guest does. */
const FLAGS_OF_STEPPING = 0x100n | 0x10000n | 0x200n;

const NAMES = [...GENERAL_REGISTERS, 'rip', 'rflags'];

/** Differences listed before the comparison gives up: after the first, others mostly follow. */
const MAX_DIFFERENCES = 5;

export interface Comparison {
  /** States compared: one more than steps. */
  readonly states: number;
  /** One line each; empty if all is equal. */
  readonly differences: readonly string[];
}

export async function compareWithProcess(
  trace: OracleTrace,
  stepper: string,
  directory: string,
): Promise<Comparison> {
  const cursor = trace.cursor();
  cursor.next();
  const mode = cursor.instruction!.mode;
  const expected = new BigUint64Array(STATE_WORDS);
  readState(cursor, expected);
  const { states, ramPath } = runInProcess(
    stepper,
    trace,
    { registers: expected, mode },
    directory,
  );
  // Code that is not 64-bit has 32-bit registers; what lies above is undefined (SDM vol. 1, 3.4.1.1).
  const mask = mode === 64 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
  const differences: string[] = [];
  let count = 0;
  // In the emulated machine undefined flags are QEMU's, not those of the processor under it.
  const allowance = new Allowance(kvmEmulated ? 'manual' : 'cpu');
  let previous: TraceInstruction | undefined;
  for await (const actual of states) {
    if (count > 0 && !cursor.next()) throw new Error('the process ran further than the trace');
    readState(cursor, expected);
    const excepted = BigInt(allowance.flags);
    expected[STATE_FLAGS]! &= ~excepted;
    actual[STATE_FLAGS]! &= ~excepted;
    const found = differencesOf(expected, actual, mask);
    if (found !== '')
      differences.push(`state ${count} (after ${previous?.text ?? 'the start'}): ${found}`);
    if (differences.length >= MAX_DIFFERENCES) break;
    previous = cursor.instruction;
    if (previous !== undefined) allowance.retire(previous, cursor.words, 0);
    count++;
  }
  cursor.close();
  if (differences.length === 0) {
    if (count !== trace.steps + 1) differences.push(`${count} states of ${trace.steps + 1}`);
    else differences.push(...compareFinalRam(trace, ramPath));
  }
  return { states: count, differences };
}

function readState(cursor: TraceCursor, state: BigUint64Array): void {
  for (let i = 0; i < STATE_RIP; i++) state[i] = cursor.values[i]!;
  state[STATE_RIP] = cursor.rip;
  state[STATE_FLAGS] = cursor.values[REGISTER_RFLAGS]!;
}

/** What differs, or an empty string. Clears the flags that are the stepping's in both. */
function differencesOf(expected: BigUint64Array, actual: BigUint64Array, mask: bigint): string {
  actual[STATE_FLAGS]! &= ~FLAGS_OF_STEPPING;
  expected[STATE_FLAGS]! &= ~FLAGS_OF_STEPPING;
  let text = '';
  for (let i = 0; i < STATE_WORDS; i++) {
    if (expected[i] === actual[i] || ((expected[i]! ^ actual[i]!) & mask) === 0n) continue;
    text += ` ${NAMES[i]!} trace 0x${expected[i]!.toString(16)} CPU 0x${actual[i]!.toString(16)}`;
  }
  return text.trim();
}
