/** What the emulated host is made of and does not bring itself. */
import { hostKernels, requireKernel, type HostKernel } from './kernel.js';
import { requireQemu } from './qemu-version.js';

/** The QEMU and the kernel that a machine is started with. */
export interface Parts {
  readonly qemuVersion: string;
  readonly kernel: HostKernel;
}

/**
 * Finds QEMU and a kernel. Starts nothing.
 *
 * @param systemRoot where the system's own /boot and /lib/modules are
 * @throws KvmtraceError (3) naming what is missing and where to get it
 */
export function findParts(systemRoot = '/'): Parts {
  return { qemuVersion: requireQemu(), kernel: requireKernel(hostKernels(systemRoot)) };
}
