import { CAP } from '../kvm/abi/capability.js';
import type { Kvm } from '../kvm/kvm.js';

/** A capability of KVM, and whether it is there. */
export interface CapabilityResult {
  readonly name: keyof typeof CAP;
  /** Without it nothing can be recorded. */
  readonly needed: boolean;
  /** 0 where KVM lacks it; otherwise what the capability defines. */
  readonly value: number;
  readonly purpose: string;
}

const CAPABILITIES: readonly (readonly [
  name: keyof typeof CAP,
  needed: boolean,
  purpose: string,
])[] = [
  ['KVM_CAP_SYNC_REGS', true, 'registers without an ioctl a step'],
  ['KVM_CAP_SET_GUEST_DEBUG', true, 'single steps and breakpoints'],
  ['KVM_CAP_IMMEDIATE_EXIT', true, 'completing I/O without running on'],
  ['KVM_CAP_VCPU_EVENTS', true, 'exceptions and interrupts'],
  ['KVM_CAP_XSAVE', true, 'x87, SSE and AVX registers'],
  ['KVM_CAP_XCRS', true, 'extended control registers'],
  ['KVM_CAP_DIRTY_LOG_RING_ACQ_REL', false, 'written pages; else the slower log'],
  ['KVM_CAP_DIRTY_LOG_RING', false, 'the same, of older kernels'],
  ['KVM_CAP_DEBUGREGS', false, "the guest's debug registers"],
  ['KVM_CAP_XSAVE2', false, 'AMX state'],
  ['KVM_CAP_READONLY_MEM', false, 'ROM'],
  ['KVM_CAP_X86_USER_SPACE_MSR', false, 'MSRs that KVM does not know'],
];

/** What recording needs of KVM and what this one has. */
export function examineCapabilities(kvm: Kvm): CapabilityResult[] {
  return CAPABILITIES.map(([name, needed, purpose]) => ({
    ...{ name, needed, purpose },
    value: kvm.checkExtension(CAP[name]),
  }));
}
