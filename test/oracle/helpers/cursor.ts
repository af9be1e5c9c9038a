import type { Database } from 'better-sqlite3';
import { REGISTER_RFLAGS } from '../../../src/trace/format/registers.js';

export interface TraceInstruction {
  readonly rip: bigint;
  readonly mode: 16 | 32 | 64;
  readonly bytes: Buffer;
  readonly text: string;
}

/** Registers with an id below this are kept; those above are MSRs. */
const REGISTERS = 1000;

type StepRow = [id: bigint, instruction: bigint];
type WriteRow = [step: bigint, register: bigint, value: bigint];

/** Walks the states of a trace in one pass: `next` goes from state n to state n + 1. */
export class TraceCursor {
  /** The state that `values` and `rip` belong to; -1 before the first `next`. */
  state = -1;
  /** By register id. */
  readonly values = new BigUint64Array(REGISTERS);
  /** The same, low and high words by turns. */
  readonly words = new Uint32Array(this.values.buffer);
  /** Something beside the general registers and rflags is not as it was in the state before. */
  systemChanged = true;
  rip = 0n;
  /** About to run; undefined in the last state. */
  instruction: TraceInstruction | undefined;

  readonly #steps: IterableIterator<StepRow>;
  readonly #writes: IterableIterator<WriteRow>;
  readonly #instructions: readonly TraceInstruction[];
  readonly #lastState: number;
  readonly #finalRip: bigint;
  #pending: WriteRow | undefined;

  constructor(
    database: Database,
    trace: {
      readonly instructions: readonly TraceInstruction[];
      readonly steps: number;
      readonly finalRip: bigint;
    },
  ) {
    this.#instructions = trace.instructions;
    this.#lastState = trace.steps;
    this.#finalRip = trace.finalRip;
    this.#steps = database
      .prepare('SELECT id, instruction FROM step ORDER BY id')
      .raw()
      .iterate() as IterableIterator<StepRow>;
    this.#writes = database
      .prepare(
        `SELECT step, register, value FROM register_write WHERE register < ${REGISTERS} ORDER BY step`,
      )
      .raw()
      .iterate() as IterableIterator<WriteRow>;
    this.#pending = this.#nextWrite();
  }

  /** False behind the last state. */
  next(): boolean {
    if (this.state === this.#lastState) return false;
    this.state++;
    this.systemChanged = this.state === 0;
    while (this.#pending !== undefined && Number(this.#pending[0]) < this.state) {
      const register = Number(this.#pending[1]);
      this.values[register] = this.#pending[2];
      if (register > REGISTER_RFLAGS) this.systemChanged = true;
      this.#pending = this.#nextWrite();
    }
    const step = this.#steps.next();
    if (step.done === true) {
      if (this.state !== this.#lastState) throw new Error(`no step ${this.state} in the trace`);
      this.instruction = undefined;
      this.rip = this.#finalRip;
      return true;
    }
    const [id, instruction] = step.value;
    if (Number(id) !== this.state) throw new Error(`step ${id} where ${this.state} should be`);
    this.instruction = this.#instructions[Number(instruction)]!;
    this.rip = this.instruction.rip;
    return true;
  }

  /** Ends the pass before the last state. */
  close(): void {
    this.#steps.return?.();
    this.#writes.return?.();
  }

  #nextWrite(): WriteRow | undefined {
    const row = this.#writes.next();
    return row.done === true ? undefined : row.value;
  }
}
