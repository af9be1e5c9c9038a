import { machineError, type KvmtraceError } from '../errors.js';
import { SyscallError } from './libc.js';

/** The only version of the API there will ever be (KVM api.rst, 4.1). */
export const KVM_API_VERSION = 12;

function codeOf(error: unknown): string {
  if (error instanceof SyscallError) return error.code;
  throw error;
}

/** What opening the device failed with, as a sentence that says what to do. */
export function openError(device: string, error: unknown): KvmtraceError {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return machineError(
        `${device} is missing: switch virtualization on in its firmware (or nested virtualization, inside a VM) and load the driver with \`sudo modprobe kvm_intel\` or \`sudo modprobe kvm_amd\`.`,
        error,
      );
    case 'EACCES':
    case 'EPERM':
      return machineError(
        `${device} may not be opened by this user: join the group kvm with \`sudo usermod -aG kvm $USER\` and log in again.`,
        error,
      );
    case 'EBUSY':
      return machineError(
        `${device} is busy: another hypervisor holds the CPU's virtualization; stop it and try again.`,
        error,
      );
    default:
      return machineError(
        `${device} cannot be opened (${codeOf(error)}): name a KVM device with --device.`,
        error,
      );
  }
}

/** KVM_GET_API_VERSION failed: whatever this is, it is not KVM. */
export function versionError(device: string, error: unknown): KvmtraceError {
  return machineError(
    `${device} is not a KVM device (KVM_GET_API_VERSION: ${codeOf(error)}): name one with --device, usually /dev/kvm.`,
    error,
  );
}

/** KVM_CREATE_VM failed. */
export function createError(device: string, error: unknown): KvmtraceError {
  const code = codeOf(error);
  if (code === 'EBUSY') {
    return machineError(
      `${device} cannot create a VM as another hypervisor holds the CPU's virtualization (EBUSY): stop it and try again.`,
      error,
    );
  }
  return machineError(
    `${device} cannot create a VM (KVM_CREATE_VM: ${code}): look into \`dmesg\` for what KVM says.`,
    error,
  );
}

/** Refuses any version but 12. */
export function checkApiVersion(device: string, version: number): void {
  if (version !== KVM_API_VERSION) {
    throw machineError(
      `${device} speaks version ${version} of the KVM API and kvmtrace only version ${KVM_API_VERSION}: use a kernel of 2.6.22 or later.`,
    );
  }
}
