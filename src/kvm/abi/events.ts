import { byteArray, u32, u64, u8 } from './layout.js';
import { struct, type Decoded } from './struct.js';

/** The parts of kvm_vcpu_events have no name in C: an expression stands for each. */
const part = (member: string) => `typeof(((struct kvm_vcpu_events *)0)->${member})`;

const exceptionEvent = struct(part('exception'), {
  injected: u8,
  nr: u8,
  hasErrorCode: u8,
  pending: u8,
  errorCode: u32,
});

const interruptEvent = struct(part('interrupt'), {
  injected: u8,
  nr: u8,
  soft: u8,
  /** KVM_X86_SHADOW_INT_MOV_SS (1) and KVM_X86_SHADOW_INT_STI (2). */
  shadow: u8,
});

const nmiEvent = struct(part('nmi'), { injected: u8, pending: u8, masked: u8, pad: u8 });

const smiEvent = struct(part('smi'), { smm: u8, pending: u8, smmInsideNmi: u8, latchedInit: u8 });

const tripleFaultEvent = struct(part('triple_fault'), { pending: u8 });

/** Exceptions, interrupts and NMIs that are pending or under way (KVM_GET_VCPU_EVENTS). */
export const kvmVcpuEvents = struct('struct kvm_vcpu_events', {
  exception: exceptionEvent,
  interrupt: interruptEvent,
  nmi: nmiEvent,
  sipiVector: u32,
  flags: u32,
  smi: smiEvent,
  tripleFault: tripleFaultEvent,
  reserved: byteArray(26),
  exceptionHasPayload: u8,
  exceptionPayload: u64,
});
/** Pending and injected events of a vCPU (struct kvm_vcpu_events). */
export type VcpuEvents = Decoded<typeof kvmVcpuEvents>;

/** `flags` of kvm_vcpu_events: which optional parts are valid, or to be set. */
export const VCPUEVENT_VALID = {
  KVM_VCPUEVENT_VALID_NMI_PENDING: 0x01,
  KVM_VCPUEVENT_VALID_SIPI_VECTOR: 0x02,
  KVM_VCPUEVENT_VALID_SHADOW: 0x04,
  KVM_VCPUEVENT_VALID_SMM: 0x08,
  KVM_VCPUEVENT_VALID_PAYLOAD: 0x10,
  KVM_VCPUEVENT_VALID_TRIPLE_FAULT: 0x20,
} as const;

/** KVM_INTERRUPT: the vector to inject. */
export const kvmInterrupt = struct('struct kvm_interrupt', { irq: u32 });

/** KVM_SET_SIGNAL_MASK: `len` (8) and the sigset that follows it. */
export const kvmSignalMask = struct('struct kvm_signal_mask', { len: u32 });

/** KVM_TPR_ACCESS_REPORTING. */
export const kvmTprAccessCtl = struct('struct kvm_tpr_access_ctl', {
  enabled: u32,
  flags: u32,
  reserved: byteArray(32),
});

/** KVM_SET_VAPIC_ADDR: guest-physical address. */
export const kvmVapicAddr = struct('struct kvm_vapic_addr', { vapicAddr: u64 });
