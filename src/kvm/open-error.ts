import { machineError, type KvmtraceError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import { missingAdvice, permissionAdvice } from './host/advice.js';
import { permissionOf, surroundings } from './host/surroundings.js';
import { SyscallError } from './libc.js';

/** The only version of the API there will ever be (KVM api.rst, 4.1). */
export const KVM_API_VERSION = 12;

function codeOf(error: unknown): string {
  if (error instanceof SyscallError) return error.code;
  throw error;
}

/** Why a device cannot be used, in two halves of a sentence. */
export interface Unusable {
  /** `/dev/kvm is missing`. */
  readonly what: string;
  /** `load the driver with …`. */
  readonly wayOut: string;
}

/** What is wrong and the way out as one sentence. */
export function unusableSentence({ what, wayOut }: Unusable): string {
  return `${what}: ${wayOut}.`;
}

/** What opening the device failed with, as a sentence that says what to do. */
export function openError(device: string, error: unknown): KvmtraceError {
  const { what, wayOut } = openFailure(device, error);
  return machineError(unusableSentence({ what, wayOut: `${wayOut}${READABLE}` }), error);
}

/** Ends the sentence of who cannot record. */
export const READABLE = '; traces can be read without it';

/** The same in its halves. */
export function openFailure(device: string, error: unknown): Unusable {
  const code = codeOf(error);
  switch (code) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return { what: `${device} is missing`, wayOut: missingAdvice(device, surroundings()) };
    case 'EACCES':
    case 'EPERM':
      return {
        what: `${device} may not be opened by this user`,
        wayOut: permissionAdvice(device, surroundings(), permissionOf(device), code === 'EPERM'),
      };
    case 'EBUSY':
      return {
        what: `${device} is busy`,
        wayOut: "stop the other hypervisor that holds the CPU's virtualization and try again",
      };
    default:
      return {
        what: `${device} cannot be opened (${code})`,
        wayOut: `name a KVM device with ${option('device')}`,
      };
  }
}

/** KVM_GET_API_VERSION failed: whatever this is, it is not KVM. */
export function versionError(device: string, error: unknown): KvmtraceError {
  return machineError(
    `${device} is not a KVM device (KVM_GET_API_VERSION: ${codeOf(error)}): name one with ${option('device')}, usually /dev/kvm.`,
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
