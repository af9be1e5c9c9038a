import type { Interruption } from '../helpers/trace.js';
import type { LoggedInterrupt } from './log.js';

const DOUBLE_FAULT = 8;

/** Compares the trace's interruptions with those that QEMU logged. */
export class InterruptionCheck {
  /** Interruptions that had their vector and error code compared. */
  compared = 0;
  readonly #rows: readonly Interruption[];
  readonly #logged: LoggedInterrupt[] = [];
  /** First row that has not been compared. */
  #next = 0;
  /** Rows from `#next` on whose faulting instruction has been seen in the log. */
  #seen = 0;

  constructor(rows: readonly Interruption[]) {
    this.#rows = rows;
  }

  /** Where the next fault before state `state` was raised, if one has not been seen in the log yet. */
  nextFault(state: number): bigint | undefined {
    for (;;) {
      const row = this.#rows[this.#next + this.#seen];
      if (row?.step !== state) return undefined;
      this.#seen++;
      // Interrupts and software interrupts come from no instruction that did not retire.
      if (row.kind === 'fault') return row.rip;
    }
  }

  log(interrupts: readonly LoggedInterrupt[]): void {
    if (interrupts.length !== 0) this.#logged.push(...interrupts);
  }

  /** Compares what was logged since the state before with the rows of this one; '' if equal. */
  check(state: number): string {
    const start = this.#next;
    while (this.#rows[this.#next]?.step === state) this.#next++;
    this.#seen = 0;
    if (this.#next === start && this.#logged.length === 0) return '';
    const expected = this.#rows.slice(start, this.#next).map(describeRow);
    const actual = this.#logged.filter((_, i) => !ledToDoubleFault(this.#logged, i)).map(describe);
    this.#logged.length = 0;
    this.compared += expected.length;
    if (expected.join() === actual.join()) return '';
    return `interruptions: trace ${expected.join() || 'none'}, QEMU ${actual.join() || 'none'}`;
  }
}

/** QEMU logs the exceptions that a double fault is made of too. */
function ledToDoubleFault(logged: readonly LoggedInterrupt[], index: number): boolean {
  return logged[index + 1]?.vector === DOUBLE_FAULT;
}

function describeRow({ vector, kind, errorCode }: Interruption): string {
  return describe({ vector, errorCode: errorCode ?? 0, software: kind === 'software' });
}

function describe({ vector, errorCode, software }: LoggedInterrupt): string {
  return `${software ? 'INT ' : ''}${vector} (error code 0x${errorCode.toString(16)})`;
}
