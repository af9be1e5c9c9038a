import { inputError, KvmtraceError, machineError } from '../../base/errors.js';
import { option } from '../../base/option-names.js';
import { openFailure, unusableSentence, type Unusable } from '../open-error.js';
import { EmulatedHost } from './emulated/host.js';
import type { MachineSettings } from './emulated/machine.js';
import type { KvmHost } from './host.js';
import { LocalHost } from './local.js';

/** What `--host` and KVMTRACE_HOST take. */
export const HOST_CHOICES = ['auto', 'kvm', 'emulated'] as const;
/** `auto` takes /dev/kvm, and where that cannot be used the emulated host. */
export type HostChoice = (typeof HOST_CHOICES)[number];

/** Who is to run the guest. */
export interface HostOptions {
  /** Default: the environment variable KVMTRACE_HOST, else `auto`. */
  readonly host?: HostChoice | undefined;
  /** The KVM device of this machine; default /dev/kvm. Naming one is choosing `kvm`. */
  readonly device?: string | undefined;
}

/** A decision, before anything is started. */
export type Decision =
  | { readonly kind: 'kvm'; readonly host: KvmHost }
  | {
      readonly kind: 'emulated';
      /** Why not /dev/kvm; undefined where the emulated host was asked for. */
      readonly because: Unusable | undefined;
    };

/** Decides who is to run the guest. Throws a KvmtraceError (2) where KVMTRACE_HOST names no host. */
export function decideHost(options: HostOptions = {}): Decision {
  // The environment is for what has not been said.
  const choice = options.host ?? (options.device === undefined ? environmentChoice() : 'kvm');
  if (choice === 'emulated') {
    if (options.device !== undefined) {
      throw inputError(
        `${option('device')} ${options.device} is for the KVM of this machine: leave it out with ${option('host', 'emulated')}.`,
      );
    }
    return { kind: 'emulated', because: undefined };
  }
  const host = localHost(options.device);
  if (choice === 'kvm' || options.device !== undefined) return { kind: 'kvm', host };
  const because = whyUnusable(host);
  return because === undefined ? { kind: 'kvm', host } : { kind: 'emulated', because };
}

/** The host for what has no further choice: starts the emulated one where that is it. */
export function chooseHost(options: HostOptions = {}): KvmHost {
  const decision = decideHost(options);
  if (decision.kind === 'kvm') return decision.host;
  return withReason(decision.because, () => emulatedHost());
}

/** The same while others run: the emulated machine takes some seconds to boot. */
export async function startHost(decision: Decision, signal?: AbortSignal): Promise<KvmHost> {
  if (decision.kind === 'kvm') return decision.host;
  const host = living();
  if (host !== undefined) return host;
  try {
    const started = await EmulatedHost.begin(settings(), signal);
    const faster = living();
    if (faster === undefined) return (running = started);
    // Of who asked at the same time.
    started[Symbol.dispose]();
    return faster;
  } catch (error) {
    throw withBoth(decision.because, error);
  }
}

/** One object for a device: what was found out about a host is kept with it. */
const locals = new Map<string | undefined, LocalHost>();

function localHost(device: string | undefined): LocalHost {
  const host = locals.get(device) ?? new LocalHost(device);
  locals.set(device, host);
  return host;
}

let running: EmulatedHost | undefined;

function living(): EmulatedHost | undefined {
  return running?.isGone === false ? running : undefined;
}

/** One emulated machine serves all recordings of a process. */
function emulatedHost(): EmulatedHost {
  return living() ?? (running = EmulatedHost.start(settings()));
}

/** KVMTRACE_NPT=0 has the KVM of the emulated machine keep shadow page tables. */
function settings(): MachineSettings {
  return { npt: process.env['KVMTRACE_NPT'] !== '0' };
}

function environmentChoice(): HostChoice {
  const value = process.env['KVMTRACE_HOST'];
  if (value === undefined || value === '') return 'auto';
  const choice = HOST_CHOICES.find((each) => each === value);
  if (choice !== undefined) return choice;
  throw inputError(
    `the environment variable KVMTRACE_HOST is ${value} and names no host: set it to ${HOST_CHOICES.join(', ')}.`,
  );
}

/** Undefined where the device can be opened. */
export function whyUnusable(host: LocalHost): Unusable | undefined {
  try {
    host.close(host.open());
    return undefined;
  } catch (error) {
    return openFailure(host.device, error);
  }
}

function withReason<T>(because: Unusable | undefined, start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw withBoth(because, error);
  }
}

/** Neither host is available: says why for both. */
export function withBoth(because: Unusable | undefined, error: unknown): unknown {
  if (because === undefined || !(error instanceof KvmtraceError)) return error;
  const said = error.message.replace(/\.$/, '');
  return machineError(
    `${unusableSentence(because).replace(/\.$/, '')}; and ${said}; traces can be read without either.`,
    error,
  );
}
