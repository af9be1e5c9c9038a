import type { Bus } from '../machine/access-bus.js';
import type { DirtyPages } from '../machine/dirty-pages.js';
import type { RamSlot } from '../machine/linear-memory.js';
import type { Shadow } from '../machine/shadow.js';
import type { Vcpu } from '../kvm/vcpu.js';
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
  readonly vcpu: Vcpu;
  readonly slots: readonly RamSlot[];
  readonly dirty: DirtyPages;
  readonly shadow: Shadow;
  readonly bus: Bus;
  /** Current value of an MSR that branches depend on. */
  readonly msr: (index: number) => bigint;
  /** Told of each distinct instruction before it runs for the first time. */
  readonly onNewCode: (code: Code) => void;
  /**
   * Whether this KVM steps 64-bit code at level 3 (`canStepUserMode`). Asked once, when the guest is
   * about to go there; if not given, it does.
   */
  readonly canStepUser?: () => boolean;
  /** Whether this KVM steps by the guest's trap flag (`stepsByTrapFlag`); if not given, it does not. */
  readonly stepsByTrapFlag?: boolean;
  /**
   * Puts back, as before the step, what the instruction effects named (bits of Effect) have changed
   * beside registers and memory.
   */
  readonly undoSide?: (effects: number) => void;
  /** Puts back all such state, which a shutdown may have reset. */
  readonly restoreSide?: () => void;
}
