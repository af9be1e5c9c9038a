import type { Interruption } from '../helpers/trace.js';
import type { LoggedInterrupt } from './log.js';

const PAGE_FAULT = 14;
/** Bytes of the longest instruction. */
const MAX_INSTRUCTION = 15n;

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

  /**
   * The next fault before state `state` whose instruction has not been seen in the log yet, and must
   * be the next in it; undefined if there is none.
   *
   * @param rip of the next instruction in the log
   */
  nextFault(state: number, rip: bigint): Interruption | undefined {
    for (;;) {
      const row = this.#rows[this.#next + this.#seen];
      if (row?.step !== state) return undefined;
      this.#seen++;
      // Interrupts and software interrupts come from no instruction that did not retire.
      if (row.kind === 'fault' && (row.rip === rip || !isFetchFault(row))) return row;
    }
  }

  /**
   * What QEMU logged with an instruction: the last is what was delivered. Those before are what it
   * came from: an INT n whose gate gives #GP, the exceptions that a double fault is made of.
   */
  log(interrupts: readonly LoggedInterrupt[]): void {
    if (interrupts.length !== 0) this.#logged.push(interrupts.at(-1)!);
  }

  /**
   * Compares what was logged since the state before with the rows of this one; '' if equal. In real
   * mode QEMU logs none: there the handler that runs next has to tell.
   */
  check(state: number, isProtected: boolean): string {
    const start = this.#next;
    while (this.#rows[this.#next]?.step === state) this.#next++;
    this.#seen = 0;
    if (this.#next === start && this.#logged.length === 0) return '';
    const expected = this.#rows.slice(start, this.#next).map(describeRow);
    const actual = this.#logged.map(describe);
    this.#logged.length = 0;
    this.compared += expected.length;
    if (!isProtected || expected.join() === actual.join()) return '';
    return `interruptions: trace ${expected.join() || 'none'}, QEMU ${actual.join() || 'none'}`;
  }
}

/** QEMU begins no instruction whose bytes it cannot read. */
function isFetchFault({ vector, rip, cr2 }: Interruption): boolean {
  return vector === PAGE_FAULT && cr2 !== undefined && cr2 >= rip && cr2 < rip + MAX_INSTRUCTION;
}

function describeRow({ vector, kind, errorCode }: Interruption): string {
  return describe({ vector, errorCode: errorCode ?? 0, software: kind === 'software' });
}

function describe({ vector, errorCode, software }: LoggedInterrupt): string {
  return `${software ? 'INT ' : ''}${vector} (error code 0x${errorCode.toString(16)})`;
}
