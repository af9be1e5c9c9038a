/** What one call of the stepper's did. */
import type { Access } from '../machine/access-bus.js';
import type { Stop } from '../machine/stop.js';
import type { Code } from './code-cache.js';
import type { Delivery } from './delivered.js';

/** How a call of `step` or `interrupt` ended. */
export const Outcome = {
  /** One instruction retired. */
  retired: 0,
  /** An exception or interrupt was delivered, and nothing retired. */
  delivered: 1,
  /** A signal came first: let the event loop run and call again. */
  interrupted: 2,
  /** The guest cannot go on. */
  stopped: 3,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

interface Accessing {
  /** Accesses to the bus, in order. */
  readonly accesses: readonly Access[];
}

/** An instruction has retired. */
export interface RetiredStep extends Accessing {
  readonly outcome: typeof Outcome.retired;
  readonly code: Code;
  /** Of a software interrupt. */
  readonly delivery: Delivery | undefined;
  /** kvmtrace carried the instruction out in KVM's place. */
  readonly assisted: boolean;
}

/** An exception or interrupt was delivered. */
export interface DeliveredStep extends Accessing {
  readonly outcome: typeof Outcome.delivered;
  readonly delivery: Delivery;
}

/** A signal came first. */
export interface InterruptedStep {
  readonly outcome: typeof Outcome.interrupted;
}

/** The guest cannot go on. */
export interface StoppedStep {
  readonly outcome: typeof Outcome.stopped;
  readonly stop: Stop;
}

/**
 * What a call of `step` or `interrupt` did. The stepper has one such object and fills it anew at each
 * call, so that a step allocates nothing: it holds until the next one.
 */
export type Step = RetiredStep | DeliveredStep | InterruptedStep | StoppedStep;

/** The object behind `Step`, as the stepper fills it. */
export class StepRecord {
  outcome: Outcome = Outcome.interrupted;
  code: Code | undefined;
  delivery: Delivery | undefined;
  assisted = false;
  stop: Stop | undefined;
  readonly accesses: readonly Access[];

  constructor(accesses: readonly Access[]) {
    this.accesses = accesses;
  }

  /** A call begins, for the instruction `code`. */
  begin(code: Code | undefined): void {
    this.code = code;
    this.delivery = undefined;
    this.assisted = false;
  }

  /** A call has ended. */
  end(outcome: Outcome): Step {
    this.outcome = outcome;
    return this as Step;
  }
}
