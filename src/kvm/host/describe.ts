/** Both hosts, and which of them would run a guest. */
import { KvmtraceError, machineError } from '../../base/errors.js';
import { Kvm } from '../kvm.js';
import { decideHost, withBoth, type Decision, type HostOptions } from './choose.js';
import { emulatedNeeds, type EmulatedNeeds } from './emulated/needs.js';
import type { HostKind, KvmHost } from './host.js';
import { LocalHost, processorModules } from './local.js';
import { platformProblem } from './platform.js';

/** What there is of KVM on this machine. */
export interface LocalReport {
  readonly kind: 'kvm';
  readonly device: string;
  /** kvm_amd, kvm_intel, kvm_pvm. */
  readonly modules: readonly string[];
  /** Why not, a sentence; undefined where it can be used. */
  readonly problem: string | undefined;
}

/** What there is for the emulated host. */
export interface EmulatedReport extends EmulatedNeeds {
  readonly kind: 'emulated';
}

/** Both hosts, and the choice between them. */
export interface HostsReport {
  readonly kvm: LocalReport;
  readonly emulated: EmulatedReport;
  /** What runs guests. */
  readonly choice: HostKind;
  /** Why that one, the rest of a sentence; undefined where it is the usual, or was asked for. */
  readonly because: string | undefined;
}

/** Starts nothing. Throws a KvmtraceError (2) where the options or KVMTRACE_HOST are wrong. */
export function describeHosts(options: HostOptions = {}): HostsReport {
  const local = new LocalHost(options.device);
  // Elsewhere the binding of libc cannot even be loaded.
  const decision = decideHost(platformProblem() === undefined ? options : { host: 'kvm' });
  return {
    kvm: {
      ...{ kind: 'kvm', device: local.device, modules: processorModules() },
      problem: problemOf(local),
    },
    emulated: { kind: 'emulated', ...emulatedNeeds() },
    choice: decision.kind,
    because: reasonOf(options, decision),
  };
}

function reasonOf(
  { host, device }: HostOptions,
  decision: ReturnType<typeof decideHost>,
): string | undefined {
  if (decision.kind === 'emulated' && decision.because !== undefined) {
    return decision.because.what;
  }
  const variable = process.env['KVMTRACE_HOST'] ?? '';
  const isAsked = host !== undefined || device !== undefined;
  if (isAsked || variable === '' || variable === 'auto') return undefined;
  return `the environment variable KVMTRACE_HOST is ${variable}`;
}

/** Why the host that was decided on cannot run guests, found out without starting it. */
export function hostProblem(decision: Decision): string | undefined {
  if (decision.kind === 'kvm') return problemOf(decision.host);
  const { problem } = emulatedNeeds();
  if (problem === undefined) return undefined;
  return (withBoth(decision.because, machineError(problem)) as KvmtraceError).message;
}

/** A device that can be opened may still not be KVM. */
function problemOf(host: KvmHost): string | undefined {
  const problem = platformProblem();
  if (problem !== undefined) return problem;
  try {
    Kvm.open(host).close();
    return undefined;
  } catch (error) {
    if (error instanceof KvmtraceError) return error.message;
    throw error;
  }
}
