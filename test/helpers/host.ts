/** On what KVM tests run: decided without starting anything. */
import { decideHost, type Decision } from '../../src/kvm/host/choose.js';

/**
 * The kinds of KVM, which step differently: of AMD's processors, of Intel's, and without either. The
 * emulated machine has AMD's.
 */
type KvmKind = 'svm' | 'vmx' | 'software';

export const decision: Decision = decideHost();

/** Whether tests run in the emulated machine, which is slower and takes seconds to start. */
export const kvmEmulated = decision.kind === 'emulated';

// The commands that tests start would each say why they take that host, which has tests of its own.
if (kvmEmulated) process.env['KVMTRACE_HOST'] = 'emulated';

/** The module of KVM that runs the guests: kvm_amd, kvm_intel, kvm_pvm. */
export function kvmModule(): string {
  if (decision.kind === 'emulated') return 'kvm_amd';
  return decision.host.describe().modules[0] ?? 'unknown';
}

export const kvmKind: KvmKind =
  kvmModule() === 'kvm_amd' ? 'svm' : kvmModule() === 'kvm_intel' ? 'vmx' : 'software';

/** What a test may take that a KVM of hardware does in `ms`. */
export function patience(ms: number): number {
  return kvmEmulated ? 8 * ms : ms;
}

/** How many steps a test records where a KVM of hardware records `steps`: it means the same with fewer. */
export function fewer(steps: number): number {
  return kvmEmulated ? Math.ceil(steps / 10) : steps;
}
