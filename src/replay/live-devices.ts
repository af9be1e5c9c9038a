import type { Bus } from '../machine/access-bus.js';
import type { Stepper } from '../stepper/stepper.js';

/** Devices that follow a replay: they hear what the guest does and must behave as they did. */
export interface LiveDevices extends Bus {
  /** The vector to deliver before step `step`, if the guest is ready for one. */
  interruptFor(stepper: Stepper, step: number): number | undefined;
  /**
   * How many steps from `step` on no device has anything to do with, as long as none accesses one and IF
   * stays as it is.
   */
  quietSteps(stepper: Pick<Stepper, 'words'>, step: number): number;
  /** After HLT: lets time pass until a device interrupts; false if none will. */
  wake(stepper: Pick<Stepper, 'words'>, step: number): boolean;
}
