import type { Kvm } from '../kvm/kvm.js';
import { NOPS_AND_HLT } from './hazard.js';
import { SmallVm } from './small-vm.js';
import { runAttempt } from './run.js';

/**
 * Whether KVM single-steps 64-bit code at level 3. VMX and SVM do; a KVM that runs user mode on the
 * bare CPU (PVM) does not: without an IDT the guest then runs into a triple fault. Costs a VM of its
 * own, some 10 ms.
 */
export function canStepUserMode(kvm: Kvm): boolean {
  using vm = new SmallVm(kvm);
  const [exit] = runAttempt(
    vm,
    { mode: 'long-user', code: NOPS_AND_HLT, withoutIdt: true },
    { how: 'step', exits: 1 },
  );
  return exit === 'debug@1';
}
