/** Who runs the guests of the library's functions. */
import { decideHost, startHost, type HostOptions } from '../kvm/host/choose.js';
import type { KvmHost } from '../kvm/host/host.js';

/** The same choice as that of the command line: /dev/kvm, and where that cannot be used the emulated host. */
export type HostChoiceOptions = HostOptions;

/**
 * The host that runs the guest, started. One emulated machine serves all calls of a process and ends
 * with it.
 *
 * @throws KvmtraceError (exit code 3) where neither can run
 */
export function openHost(options: HostChoiceOptions, signal?: AbortSignal): Promise<KvmHost> {
  return startHost(decideHost(options), signal);
}
