import { byteArray, u32 } from './layout.js';
import { struct, type Decoded } from './struct.js';

/** One CPUID leaf (and subleaf, where `flags` has KVM_CPUID_FLAG_SIGNIFCANT_INDEX). */
export const kvmCpuidEntry2 = struct('struct kvm_cpuid_entry2', {
  function: u32,
  index: u32,
  flags: u32,
  eax: u32,
  ebx: u32,
  ecx: u32,
  edx: u32,
  padding: byteArray(12),
});
/** One leaf of CPUID as KVM has it (struct kvm_cpuid_entry2). */
export type CpuidEntry2 = Decoded<typeof kvmCpuidEntry2>;

/** Header of KVM_GET_SUPPORTED_CPUID and KVM_SET_CPUID2; the entries follow. */
export const kvmCpuid2 = struct('struct kvm_cpuid2', { nent: u32, padding: u32 });

/** Significant index, stateful, read next: `flags` of kvm_cpuid_entry2 (the typo is the kernel's). */
export const CPUID_FLAG = {
  KVM_CPUID_FLAG_SIGNIFCANT_INDEX: 1,
  KVM_CPUID_FLAG_STATEFUL_FUNC: 2,
  KVM_CPUID_FLAG_STATE_READ_NEXT: 4,
} as const;
