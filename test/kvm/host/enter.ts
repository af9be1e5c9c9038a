import type { Vcpu } from '../../../src/kvm/vcpu.js';

/** What KVM_RUN gives when the tick that interrupts it every 100 ms came first. */
const EINTR = -4;

/** Runs the guest to its next exit, whatever ticks come; returns 0 or an errno less than 0. */
export function enter(vcpu: Vcpu): number {
  for (;;) {
    const result = vcpu.enter();
    if (result !== EINTR) return result;
  }
}
