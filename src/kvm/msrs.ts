import { KVM_GET_MSRS, KVM_SET_MSRS } from './abi/ioctl.js';
import { kvmMsrEntry, kvmMsrs } from './abi/registers.js';
import type { KvmFd } from './host/kvm-fd.js';
import { SyscallError } from './libc.js';

/** A model specific register and its value. */
export interface Msr {
  readonly index: number;
  readonly data: bigint;
}

const entryAt = (bytes: Uint8Array, position: number) =>
  kvmMsrEntry.over(bytes.subarray(kvmMsrs.sizeBytes + position * kvmMsrEntry.sizeBytes));

function encode(msrs: readonly { index: number; data?: bigint }[]): Uint8Array {
  const bytes = new Uint8Array(kvmMsrs.sizeBytes + msrs.length * kvmMsrEntry.sizeBytes);
  kvmMsrs.over(bytes).nmsrs = msrs.length;
  for (const [position, { index, data = 0n }] of msrs.entries()) {
    entryAt(bytes, position).assign({ index, data });
  }
  return bytes;
}

/** How many entries the kernel did; it stops at the first it cannot. */
function done(fd: KvmFd, request: typeof KVM_GET_MSRS, bytes: Uint8Array): number {
  try {
    return fd.ioctl(request, bytes);
  } catch (error) {
    // Some kernels say EINVAL for an MSR they do not know.
    if (error instanceof SyscallError && error.code === 'EINVAL') return 0;
    throw error;
  }
}

/** Reads MSRs of a vCPU; those that KVM refuses are left out. */
export function getMsrs(fd: KvmFd, indices: readonly number[]): Msr[] {
  const read: Msr[] = [];
  let rest = indices;
  while (rest.length > 0) {
    const bytes = encode(rest.map((index) => ({ index })));
    const count = done(fd, KVM_GET_MSRS, bytes);
    for (let position = 0; position < count; position++) {
      const { index, data } = entryAt(bytes, position);
      read.push({ index, data });
    }
    rest = rest.slice(count + 1);
  }
  return read;
}

/** Writes MSRs one by one, as KVM stops at the first it refuses; returns the refused ones. */
export function setMsrs(fd: KvmFd, msrs: readonly Msr[]): Msr[] {
  return msrs.filter((msr) => done(fd, KVM_SET_MSRS, encode([msr])) !== 1);
}
