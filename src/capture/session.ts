import type { Bus } from '../machine/access-bus.js';
import type { Machine } from '../machine/machine.js';
import type { VcpuImage } from '../machine/restore.js';
import { takeVcpuImage } from '../machine/vcpu-image.js';
import type { Code } from '../stepper/code-cache.js';
import { Outcome, type InterruptedStep, type Step } from '../stepper/step.js';
import { Stepper } from '../stepper/stepper.js';
import type { SideState } from './side-state.js';
import { StepCapture } from './step-capture.js';

/** A step that no signal kept from happening. */
export type SettledStep = Exclude<Step, InterruptedStep>;

/** What a session is made of. */
export interface SessionParts {
  readonly machine: Machine;
  readonly side: SideState;
  /** Who answers the guest. */
  readonly bus: Bus;
  /** Told of each distinct instruction before it runs for the first time; default: none. */
  readonly onNewCode?: (code: Code) => void;
}

/**
 * A machine that is stepped and whose steps are captured: the one place that puts machine, stepper,
 * capture and bus together, for a recording, a fork and a replay. It takes over the registers as they
 * stand, as the state before its first step.
 */
export class Session {
  readonly machine: Machine;
  readonly side: SideState;
  readonly stepper: Stepper;
  readonly capture: StepCapture;

  constructor({ machine, side, bus, onNewCode = () => undefined }: SessionParts) {
    this.machine = machine;
    this.side = side;
    const stepper = new Stepper({
      ...{ machine, bus, onNewCode, msr: side.msr },
      restoreSide: () => {
        side.restoreAll();
      },
      undoSide: (effects) => {
        side.restore(effects, stepper.words);
      },
    });
    stepper.start();
    this.stepper = stepper;
    this.capture = new StepCapture(stepper, side);
  }

  /** Steps, again as often as a signal comes first. */
  step(): SettledStep {
    for (;;) {
      const step = this.stepper.step();
      if (step.outcome !== Outcome.interrupted) return step;
    }
  }

  /** Delivers an external interrupt; the guest must be interruptible. */
  interrupt(vector: number): SettledStep {
    const step = this.stepper.interrupt(vector);
    return step.outcome === Outcome.interrupted ? this.step() : step;
  }

  /** The vCPU as it stands, for a snapshot. */
  takeImage(): VcpuImage {
    const { registers } = this.machine.vcpu;
    return this.stepper.control.withIdtShown(() => takeVcpuImage(registers, this.side.msrIndices));
  }

  /** Leaves the machine in a state that another session can take over. */
  release(): void {
    this.stepper.bursts?.release();
    this.stepper.control.showIdt();
  }
}
