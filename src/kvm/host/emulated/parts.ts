/** What the emulated host is made of and does not bring itself. */
import { machineError } from '../../../errors.js';
import { hostKernels, type HostKernel } from './kernel.js';
import { QEMU_WAY_OUT, qemuVersion } from './qemu.js';

export interface Parts {
  readonly qemuVersion: string;
  readonly kernel: HostKernel;
}

/**
 * Finds QEMU and a kernel. Starts nothing.
 *
 * @param systemRoot where the system's own /boot and /lib/modules are
 * @throws KvmtraceError (3) naming what is missing and where it is to be had
 */
export function findParts(systemRoot = '/'): Parts {
  const version = qemuVersion();
  if (version === undefined) {
    throw machineError(
      `the emulated host needs QEMU and there is no qemu-system-x86_64 here: ${QEMU_WAY_OUT}.`,
    );
  }
  const [kernel] = hostKernels(systemRoot);
  if (kernel === undefined) {
    throw machineError(
      'the emulated host needs a Linux kernel with KVM for AMD (kvm-amd) and found none that can be read in /boot and /lib/modules: run `kvmtrace host install`, which fetches one.',
    );
  }
  return { qemuVersion: version, kernel };
}
