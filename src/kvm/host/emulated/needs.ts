/** What the emulated host needs, and whether it is there. Loads nothing of KVM. */
import { KvmtraceError } from '../../../base/errors.js';
import { platformProblem } from '../platform.js';
import { hostKernels, requireKernel, type HostKernel } from './kernel.js';
import { qemuVersion, requireQemu } from './qemu-version.js';

/** What of the needs is there. */
export interface EmulatedNeeds {
  /** Undefined where there is none. */
  readonly qemu: string | undefined;
  /** The first is the one that boots. */
  readonly kernels: readonly HostKernel[];
  /** Why it cannot run, a sentence with the way out; undefined where all is there. */
  readonly problem: string | undefined;
}

/** Looks for QEMU and a kernel; starts nothing but `qemu-system-x86_64 --version`. */
export function emulatedNeeds(): EmulatedNeeds {
  const qemu = qemuVersion();
  const kernels = hostKernels();
  return { qemu, kernels, problem: problemOf(qemu, kernels) };
}

function problemOf(qemu: string | undefined, kernels: HostKernel[]): string | undefined {
  const problem = platformProblem();
  if (problem !== undefined) return problem;
  try {
    requireQemu(qemu);
    requireKernel(kernels);
    return undefined;
  } catch (error) {
    if (error instanceof KvmtraceError) return error.message;
    throw error;
  }
}
