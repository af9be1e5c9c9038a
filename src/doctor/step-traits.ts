import type { Kvm } from '../kvm/kvm.js';
import { stepsByTrapFlag } from './steps-by-trap-flag.js';
import { canStepUserMode } from './user-step.js';

/** What a KVM does under single step, as the stepper has to know it: tried once, with small guests. */
export function kvmStepTraits(kvm: Kvm): {
  readonly stepsByTrapFlag: boolean;
  canStepUser(): boolean;
} {
  return {
    stepsByTrapFlag: stepsByTrapFlag(kvm),
    canStepUser: () => canStepUserMode(kvm),
  };
}
