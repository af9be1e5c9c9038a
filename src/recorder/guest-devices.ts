import type { Stop } from '../machine/stop.js';
import type { Bus } from '../machine/access-bus.js';
import type { Stepper } from '../stepper/stepper.js';

/** The devices as the recording loop needs them: a bus, and interrupts at exact steps. */
export interface GuestDevices extends Bus {
  /** Set once the guest has asked to end (debug exit). */
  readonly stop: Stop | undefined;
  /** The code given to the debug-exit device. */
  readonly exitCode: number | undefined;
  /** The vector to deliver before step `step`, if the guest is ready for one. */
  interruptFor(stepper: Pick<Stepper, 'interruptible' | 'words'>, step: number): number | undefined;
  /**
   * How many steps from `step` on no device has anything to do with, as long as none accesses one and IF
   * stays as it is.
   */
  quietSteps(stepper: Pick<Stepper, 'words'>, step: number): number;
  /** After HLT: lets time pass until a device interrupts; false if none will. */
  wake(stepper: Pick<Stepper, 'words'>, step: number): boolean;
  /** Whether a device could interrupt the guest as it stands. */
  canInterrupt(stepper: Stepper): boolean;
  save(): Uint8Array;
}
