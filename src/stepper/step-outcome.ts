import type { Bus } from '../machine/access-bus.js';
import type { Machine } from '../machine/machine.js';
import type { Code } from './code-cache.js';

/** How a call of `step` or `interrupt` ended. */
export const Outcome = {
  /** One instruction retired: `code`. */
  stepped: 0,
  /** An exception or interrupt was delivered and nothing retired: `delivery`. */
  delivered: 1,
  /** A signal came first: let the event loop run and call again. */
  again: 2,
  /** The guest cannot go on: `stop`. */
  stopped: 3,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** The machine that is stepped, and whom the stepper asks and tells. */
export interface StepperOptions {
  readonly machine: Pick<Machine, 'vcpu' | 'slots' | 'dirty' | 'shadow' | 'traits'>;
  readonly bus: Bus;
  /** Current value of an MSR that branches depend on. */
  readonly msr: (index: number) => bigint;
  /** Told of each distinct instruction before it runs for the first time. */
  readonly onNewCode: (code: Code) => void;
  /**
   * Puts back, as before the step, what the instruction effects named (bits of Effect) have changed
   * beside registers and memory.
   */
  readonly undoSide?: (effects: number) => void;
  /** Puts back all such state, which a shutdown may have reset. */
  readonly restoreSide?: () => void;
}
