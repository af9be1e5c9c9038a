/** `kvmtrace host install`: what the emulated host needs, had from the system's packages. */
import { machineError } from '../../../../base/errors.js';
import { hostKernels, requireKernel, unreadableKernels } from '../kernel.js';
import { QEMU_PROGRAM, qemuVersion, requireQemu } from '../qemu-version.js';
import { fetchKernel, type FetchOptions } from './fetch-kernel.js';
import { complaintOf, hasTool, runTool } from './run-tool.js';

/** What to install. */
export interface InstallOptions extends FetchOptions {
  /** Fetches a kernel also where there is one. */
  readonly force: boolean;
}

const QEMU_PACKAGE = 'qemu-system-x86';

/** @throws KvmtraceError (3) where something cannot be fetched, with the way out */
export async function installEmulatedHost(options: InstallOptions): Promise<void> {
  const { say, force } = options;
  if (qemuVersion() === undefined && mayInstall()) await installQemu(options);
  say(`QEMU ${requireQemu()} is there.`);
  const [kernel] = hostKernels();
  if (kernel !== undefined && !force) {
    say(`A kernel is there: ${kernel.image}.`);
    return;
  }
  checkTools();
  for (const image of unreadableKernels()) {
    say(`${image} would serve, but only root may read it (sudo chmod a+r ${image}).`);
  }
  await fetchKernel(options);
  say(`A kernel is there now: ${requireKernel().image}.`);
}

/** Installing for the whole system is root's to do. */
function mayInstall(): boolean {
  return process.getuid?.() === 0 && hasTool('apt-get');
}

async function installQemu({ say, signal }: InstallOptions): Promise<void> {
  const args = ['install', '-y', '-q', '--no-install-recommends', QEMU_PACKAGE];
  say(`There is no ${QEMU_PROGRAM}: running apt-get ${args.join(' ')}.`);
  let result = await runTool('apt-get', args, { signal });
  if (result.code !== 0) {
    say("The system's package lists do not serve: running apt-get update.");
    await runTool('apt-get', ['update', '-q'], { signal });
    result = await runTool('apt-get', args, { signal });
  }
  if (result.code === 0) return;
  throw machineError(
    `QEMU cannot be installed (${complaintOf(`apt-get install ${QEMU_PACKAGE}`, result)}): install ${QEMU_PROGRAM} by hand, and try again.`,
  );
}

/** Other distributions have the kernel, but no way to fetch it beside their own. */
function checkTools(): void {
  const missing = ['apt-get', 'apt-cache', 'dpkg-deb'].filter((name) => !hasTool(name));
  if (missing.length === 0) return;
  const unreadable = unreadableKernels();
  const wayOut =
    unreadable.length > 0
      ? `let all read the one that is here (sudo chmod a+r ${unreadable[0]!})`
      : 'install one (Fedora: kernel-core; Arch: linux; Alpine: linux-lts; openSUSE: kernel-default), whose image /boot/vmlinuz-… all may read';
  throw machineError(
    `a kernel for the emulated host can be fetched only with Debian's tools, and there is no ${missing.join(', no ')} here: ${wayOut}.`,
  );
}
