/** The stepper of a machine whose side state is kept: the same for a recording, a fork and a replay. */
import type { Machine } from '../machine/machine.js';
import type { StepperOptions } from '../stepper/step-outcome.js';
import { Stepper } from '../stepper/stepper.js';
import type { SideState } from './side-state.js';

/** A stepper that has taken over the registers, as the state before the first step. */
export function startStepper(
  machine: Machine,
  side: SideState,
  { bus, onNewCode }: Pick<StepperOptions, 'bus' | 'onNewCode'>,
): Stepper {
  const stepper = new Stepper({
    machine,
    bus,
    msr: side.msr,
    onNewCode,
    restoreSide: () => {
      side.restoreAll();
    },
    undoSide: (effects) => {
      side.restore(effects, stepper.words);
    },
  });
  stepper.start();
  return stepper;
}
