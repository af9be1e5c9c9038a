import type { CpuidEntry2 } from '../../kvm/abi/cpuid.js';
import { withoutHostApicId } from '../../kvm/cpuid.js';

const LEAF_FEATURES = 1;
const LEAF_EXTENDED_FEATURES = 7;
const LEAF_AMD_TOPOLOGY = 0x8000001e;

/** KVM's own leaves: 0x40000000 to 0x400000ff. */
const HYPERVISOR_LEAVES = 0x400000;

/** Mirrors of the guest's CR4, which KVM keeps up to date itself: OSXSAVE, OSPKE. */
const OSXSAVE = 1 << 27;
const OSPKE = 1 << 4;

/**
 * The supported CPUID entries (KVM_GET_SUPPORTED_CPUID) less what would make two recordings on
 * one host differ: APIC ids of the host CPU that the question happened to be asked on, and KVM's
 * paravirtual leaves, with which a guest would let the host write clocks into its memory at times
 * that the host chooses. Changes the entries that it returns.
 */
export function deterministicCpuid(supported: readonly CpuidEntry2[]): readonly CpuidEntry2[] {
  const kept = supported.filter((entry) => entry.function >>> 8 !== HYPERVISOR_LEAVES);
  for (const entry of kept) {
    if (entry.function === LEAF_FEATURES) entry.ecx &= ~OSXSAVE;
    if (entry.function === LEAF_EXTENDED_FEATURES && entry.index === 0) entry.ecx &= ~OSPKE;
    // Extended APIC id, core id and node id (AMD APM volume 3, E.4.17).
    if (entry.function === LEAF_AMD_TOPOLOGY) entry.assign({ eax: 0, ebx: 0, ecx: 0 });
  }
  return withoutHostApicId(kept);
}
