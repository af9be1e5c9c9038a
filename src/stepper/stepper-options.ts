import type { Bus } from '../machine/access-bus.js';
import type { Machine } from '../machine/machine.js';
import type { Code } from './code-cache.js';

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
