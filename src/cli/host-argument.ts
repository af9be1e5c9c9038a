/** --host and --device: who runs the guest. */
import type { HostChoice, HostOptions } from '../kvm/host/choose.js';
import type { KvmHost } from '../kvm/host/host.js';
import { abortOnSignals } from './signals.js';
import { single } from './numbers.js';

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
  const { decideHost, startHost } = await import('../kvm/host/choose.js');
  const decision = decideHost(parseHost(args));
  if (decision.kind === 'emulated' && decision.because !== undefined) {
    process.stderr.write(`kvmtrace: ${emulatedNotice(decision.because)}\n`);
  }
  const signals = abortOnSignals();
  try {
    return await startHost(decision, signals.signal);
  } finally {
    signals.stop();
  }
}

/** What the emulated host costs, and how to get the other. */
export function emulatedNotice(because: string): string {
  return `on the emulated host, some ten times slower than a KVM of hardware, as ${because}`;
}
