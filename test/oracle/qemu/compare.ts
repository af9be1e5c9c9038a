/**
 * Compares a trace with QEMU's log of the same guest: the order of instructions, and at each the
 * registers before it.
 *
 * QEMU logs an entry for every instruction it begins. An instruction that faults has an entry there
 * and no step in the trace, but a row in `interruption`; a REP instruction has an entry for each
 * iteration, and is one step.
 */
import type { TraceCursor } from '../helpers/cursor.js';
import type { OracleTrace } from '../helpers/trace.js';
import { Allowance } from '../helpers/allowance.js';
import { isRepeated } from '../helpers/flags.js';
import { InterruptionCheck } from './interruption-check.js';
import type { LogEntry } from './log.js';
import type { LogState } from './log-state.js';
import { StateComparison } from './state-comparison.js';

const MAX_DIFFERENCES = 5;
/** CR0.PE. */
const PROTECTION = 1n;

export interface QemuComparison {
  /** States of the trace that were compared. */
  readonly states: number;
  /** Interruptions that came where QEMU had them. */
  readonly interruptions: number;
  readonly differences: readonly string[];
}

export async function compareWithLog(
  trace: OracleTrace,
  entries: AsyncIterable<LogEntry>,
): Promise<QemuComparison> {
  const walk = new Walk(trace);
  for await (const entry of entries) {
    if (!walk.take(entry)) break;
  }
  return walk.end();
}

class Walk {
  readonly #trace: OracleTrace;
  readonly #cursor: TraceCursor;
  readonly #allowance = new Allowance('manual');
  readonly #comparison: StateComparison;
  readonly #interruptions: InterruptionCheck;
  readonly #inputs: ReadonlySet<number>;
  readonly #differences: string[] = [];
  #states = 0;
  /** Behind the last state. */
  #finished = false;
  /** Where a REP instruction stands, now or at some other time. */
  readonly #repeated: ReadonlySet<bigint>;
  /** rip of a REP instruction, which may have further entries. */
  #repeating: bigint | undefined;
  #previous = 'the start';

  constructor(trace: OracleTrace) {
    this.#trace = trace;
    this.#cursor = trace.cursor();
    this.#cursor.next();
    this.#comparison = new StateComparison(trace.registerIds(), this.#allowance);
    this.#interruptions = new InterruptionCheck(trace.interruptions());
    this.#inputs = trace.inputSteps();
    this.#repeated = new Set(trace.instructions.filter(isRepeated).map(({ rip }) => rip));
  }

  /** False if no further entry is wanted. */
  take({ state, ran, interrupts }: LogEntry): boolean {
    if (!ran) {
      this.#interruptions.log(interrupts);
      return true;
    }
    const rip = ripOf(state);
    // What runs before is the boot stub.
    if (this.#states === 0 && rip !== this.#cursor.rip) return true;
    if (rip !== this.#repeating) {
      if (this.#finished) {
        this.#differ(`QEMU goes on at 0x${rip.toString(16)}`);
        return false;
      }
      this.#repeating = undefined;
      const faulted = this.#interruptions.nextFault(this.#cursor.state, rip);
      if (faulted !== undefined) this.#takeFault(faulted.rip, rip);
      else if (!this.#takeState(state)) return false;
    }
    this.#interruptions.log(interrupts);
    return this.#differences.length < MAX_DIFFERENCES;
  }

  end(): QemuComparison {
    // The last instruction ends QEMU, or halts it: there is no entry behind it.
    if (this.#states < this.#trace.steps && this.#differences.length === 0) {
      this.#differ(`QEMU's log ends before state ${this.#states} of ${this.#trace.steps}`);
    }
    this.#cursor.close();
    return {
      states: this.#states,
      interruptions: this.#interruptions.compared,
      differences: this.#differences,
    };
  }

  /** An instruction that raised an exception, as the trace says. */
  #takeFault(expected: bigint, rip: bigint): void {
    if (rip !== expected) {
      this.#differ(`trace: a fault at 0x${expected.toString(16)}, QEMU runs 0x${rip.toString(16)}`);
    }
    this.#repeating = this.#repeated.has(rip) ? rip : undefined;
  }

  #takeState(state: LogState): boolean {
    const cursor = this.#cursor;
    const found = [
      this.#interruptions.check(
        cursor.state,
        (state.system.values.get('cr0')! & PROTECTION) !== 0n,
      ),
      this.#comparison.compare(cursor, state),
    ].filter((text) => text !== '');
    if (found.length > 0) this.#differ(found.join('; '));
    this.#states++;
    const { instruction, rip } = cursor;
    if (instruction === undefined) {
      this.#finished = true;
      return this.#trace.meta('stop_reason') !== 'max-steps';
    }
    this.#previous = instruction.text;
    const isInput = this.#inputs.has(cursor.state);
    const before = isInput ? cursor.values.slice(0, 16) : undefined;
    cursor.next();
    const changed = before === undefined ? 0 : changedSince(before, cursor.values);
    const repeats = this.#allowance.retire(instruction, state.words, changed);
    if (repeats) this.#repeating = rip;
    return true;
  }

  #differ(text: string): void {
    this.#differences.push(`state ${this.#cursor.state} (after ${this.#previous}): ${text}`);
  }
}

function ripOf(state: LogState): bigint {
  return (BigInt(state.words[33]!) << 32n) | BigInt(state.words[32]!);
}

/** Of an instruction whose result is an input: rax, rbx, rcx, rdx (CPUID), and what it changed. */
function changedSince(before: BigUint64Array, after: BigUint64Array): number {
  return before.reduce((mask, value, i) => (value === after[i] ? mask : mask | (1 << i)), 0b1111);
}
