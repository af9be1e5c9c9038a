import { byteArray, u32, u64, u64Array, u8 } from './layout.js';
import { struct, type Decoded } from './struct.js';

/** KVM_SET_GUEST_DEBUG: `debugreg` is DR0–DR7 as the host wants them. */
export const kvmGuestDebug = struct(
  'struct kvm_guest_debug',
  { control: u32, pad: u32, debugreg: u64Array(8) },
  { debugreg: 'arch.debugreg' },
);
/** Debug controls of a vCPU (struct kvm_guest_debug). */
export type GuestDebug = Decoded<typeof kvmGuestDebug>;

/** `control` of kvm_guest_debug. */
export const GUESTDBG = {
  KVM_GUESTDBG_ENABLE: 0x1,
  KVM_GUESTDBG_SINGLESTEP: 0x2,
  KVM_GUESTDBG_USE_SW_BP: 0x10000,
  KVM_GUESTDBG_USE_HW_BP: 0x20000,
  KVM_GUESTDBG_INJECT_DB: 0x40000,
  KVM_GUESTDBG_INJECT_BP: 0x80000,
  KVM_GUESTDBG_BLOCKIRQ: 0x100000,
} as const;

/** KVM_TRANSLATE: linear to guest-physical. Sets Accessed bits; do not use it while recording. */
export const kvmTranslation = struct('struct kvm_translation', {
  linearAddress: u64,
  physicalAddress: u64,
  valid: u8,
  writeable: u8,
  usermode: u8,
  pad: byteArray(5),
});
/** A linear address and where it leads (struct kvm_translation). */
export type Translation = Decoded<typeof kvmTranslation>;
