import { machineError } from '../base/errors.js';
import type { Request } from '../kvm/abi/ioctl.js';
import { SyscallError } from '../kvm/libc.js';

/** What has an ioctl: a VM, a vCPU. */
export interface KernelObject {
  ioctl(request: Request, argument?: number | Uint8Array): number;
}

/** What to use where the kernel has dropped an ioctl. */
const INSTEAD: Readonly<Record<string, string>> = {
  KVM_SET_MEMORY_REGION: 'setUserMemoryRegion (KVM_SET_USER_MEMORY_REGION) does its work',
  KVM_CREATE_MEMORY_REGION: 'setUserMemoryRegion (KVM_SET_USER_MEMORY_REGION) does its work',
};

/**
 * Issues an ioctl. Throws a SyscallError whose message begins with the ioctl's name, or where the
 * running kernel does not have it a KvmtraceError (exit code 3) that says so.
 */
export function kernelCall(object: KernelObject, request: Request, argument: Uint8Array): number {
  try {
    return object.ioctl(request, argument);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOTTY') {
      const instead = INSTEAD[request.name] ?? 'use a kernel that has it';
      throw machineError(
        `The running kernel's KVM does not have ${request.name} (ENOTTY): ${instead}.`,
        error,
      );
    }
    throw error;
  }
}
