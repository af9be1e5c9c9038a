import { kvmCpuid2, kvmCpuidEntry2, type CpuidEntry2 } from './abi/cpuid.js';
import type { Request } from './abi/ioctl.js';
import type { KvmFd } from './host/kvm-fd.js';

/** More than any kernel returns; with too few KVM fails with E2BIG and tells nothing. */
export const MAX_CPUID_ENTRIES = 256;

/** A kvm_cpuid2 with its entries, as the kernel wants it. */
export function encodeCpuid(entries: readonly CpuidEntry2[], room = entries.length): Uint8Array {
  const bytes = new Uint8Array(kvmCpuid2.sizeBytes + room * kvmCpuidEntry2.sizeBytes);
  kvmCpuid2.over(bytes).nent = room;
  for (const [index, entry] of entries.entries()) {
    bytes.set(entry.bytes, kvmCpuid2.sizeBytes + index * kvmCpuidEntry2.sizeBytes);
  }
  return bytes;
}

/** The entries of a kvm_cpuid2. They are accessors over `bytes`. */
export function decodeCpuid(bytes: Uint8Array): CpuidEntry2[] {
  const { nent } = kvmCpuid2.over(bytes);
  return Array.from({ length: nent }, (_, index) =>
    kvmCpuidEntry2.over(bytes.subarray(kvmCpuid2.sizeBytes + index * kvmCpuidEntry2.sizeBytes)),
  );
}

/**
 * The CPUID entries that an ioctl returns. KVM_GET_CPUID2 of kernels before 6.3 leaves the count as it was
 * given: what follows the last entry is as empty as it came.
 */
export function getCpuid(fd: KvmFd, request: Request): CpuidEntry2[] {
  const bytes = encodeCpuid([], MAX_CPUID_ENTRIES);
  fd.ioctl(request, bytes);
  const entries = decodeCpuid(bytes);
  const last = entries.findLastIndex((entry) => entry.bytes.some((byte) => byte !== 0));
  return entries.slice(0, last + 1);
}

const LEAF_FEATURES = 1;
const LEAVES_TOPOLOGY = [0x0b, 0x1f];

/**
 * Clears what depends on the host CPU one happens to run on: the APIC id in leaf 1 EBX[31:24] and
 * in EDX of the topology leaves. With it no two recordings would be alike. Changes the entries.
 */
export function withoutHostApicId(entries: readonly CpuidEntry2[]): readonly CpuidEntry2[] {
  for (const entry of entries) {
    if (entry.function === LEAF_FEATURES) entry.ebx &= 0x00ff_ffff;
    else if (LEAVES_TOPOLOGY.includes(entry.function)) entry.edx = 0;
  }
  return entries;
}
