/** Which QEMU there is, and what brings one. Loads nothing of KVM. */
import { spawnSync } from 'node:child_process';
import { machineError } from '../../../base/errors.js';

/** The name of the program, which is looked for in PATH. */
export const QEMU_PROGRAM = 'qemu-system-x86_64';

/** The oldest that the emulated host has been run on. */
export const OLDEST_QEMU = '7.2';

const PACKAGES =
  'Debian, Ubuntu: `apt-get install qemu-system-x86`; Fedora: `dnf install qemu-system-x86-core`; Arch: `pacman -S qemu-system-x86`; Alpine: `apk add qemu-system-x86_64`; openSUSE: `zypper install qemu-x86`';

/** `7.2.22`; undefined where there is no QEMU, `unknown` where it does not say. */
export function qemuVersion(): string | undefined {
  const { stdout, error } = spawnSync(QEMU_PROGRAM, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  return /version (\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1] ?? 'unknown';
}

/**
 * The version of the QEMU that is there.
 *
 * @throws KvmtraceError (3) where there is none, or none that serves, with what to do
 */
export function requireQemu(version = qemuVersion()): string {
  if (version === undefined) {
    throw machineError(
      `the emulated host needs QEMU and there is no ${QEMU_PROGRAM} here: install it (${PACKAGES}).`,
    );
  }
  if (version === 'unknown') {
    throw machineError(
      `${QEMU_PROGRAM} --version tells no version, so QEMU may be damaged: install it again (${PACKAGES}).`,
    );
  }
  if (!isAtLeast(version, OLDEST_QEMU)) {
    throw machineError(
      `QEMU ${version} is too old for the emulated host: install version ${OLDEST_QEMU} or newer, and have it first in PATH.`,
    );
  }
  return version;
}

function isAtLeast(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
