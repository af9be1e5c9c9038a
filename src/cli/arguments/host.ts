/** --host and --device: who runs the guest. */
import type { Decision, HostChoice, HostOptions } from '../../kvm/host/choose.js';
import type { HostKind, KvmHost } from '../../kvm/host/host.js';
import type { Unusable } from '../../kvm/open-error.js';
import { CommandInterrupted } from '../exit-codes.js';
import { abortOnSignals } from '../terminal/signals.js';
import { single } from './numbers.js';

/** The two options as they were given. */
export interface HostArguments {
  readonly host: HostChoice | undefined;
  readonly device: string | undefined;
}

/** For yargs. The choices stand here too, so that `--help` loads nothing of KVM. */
export const HOST_OPTIONS = {
  host: {
    type: 'string',
    requiresArg: true,
    choices: ['auto', 'kvm', 'emulated'],
    defaultDescription: 'auto',
    describe: 'Who runs the guest: /dev/kvm, or a machine that QEMU emulates where there is none',
  },
  device: {
    type: 'string',
    requiresArg: true,
    defaultDescription: '/dev/kvm',
    describe: 'The KVM device',
  },
} as const;

/** As the library takes them. Throws a KvmtraceError (2) where one is given twice. */
export function parseHost({ host, device }: HostArguments): HostOptions {
  return {
    host: host === undefined ? undefined : (single(host, '--host') as HostChoice),
    device: device === undefined ? undefined : single(device, '--device'),
  };
}

/**
 * The host that runs the guest, started: where it is the emulated one without having been asked for,
 * a line on stderr says so. Ctrl-C while it boots ends the command.
 */
export async function openHost(args: HostArguments): Promise<KvmHost> {
  const { startHost } = await import('../../kvm/host/choose.js');
  const { decision } = await decide(args);
  const signals = abortOnSignals();
  try {
    return await startHost(decision, signals.signal);
  } catch (error) {
    throw signals.signal.aborted ? new CommandInterrupted('interrupted') : error;
  } finally {
    signals.stop();
  }
}

/** Who runs the guests of a command. */
export interface Decided {
  readonly decision: Decision;
  readonly kind: HostKind;
  /** Why it cannot run guests, a sentence; undefined where it seems that it can. */
  readonly problem: string | undefined;
}

/**
 * Decides, and says so where it is the emulated host without having been asked for. Where that cannot
 * run either, the error that `startHost` throws says all.
 */
export async function decide(args: HostArguments): Promise<Decided> {
  const [{ decideHost }, { hostProblem }] = await Promise.all([
    import('../../kvm/host/choose.js'),
    import('../../kvm/host/describe.js'),
  ]);
  const decision = decideHost(parseHost(args));
  const { kind } = decision;
  const problem = hostProblem(decision);
  if (kind === 'emulated' && decision.because !== undefined && problem === undefined) {
    process.stderr.write(`kvmtrace: ${emulatedNotice(decision.because)}\n`);
  }
  return { decision, kind, problem };
}

/** What the emulated host costs, and how to get the other. */
export function emulatedNotice({ what, wayOut }: Unusable): string {
  return `${what}, so guests run on the emulated host, some twenty times slower; to use /dev/kvm, ${wayOut}.`;
}
