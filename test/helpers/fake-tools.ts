/** Programs that stand in for QEMU and for Debian's, on a PATH of their own. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporary } from './built-guest.js';

export type Tool = 'qemu-system-x86_64' | 'apt-get' | 'apt-cache' | 'dpkg-deb';

export interface FakeMachine {
  readonly env: Readonly<Record<string, string>>;
  readonly cache: string;
  /** Holds the programs. */
  readonly bin: string;
  /** What was called, a line each: `apt-get download …`. */
  readonly log: string;
}

/** Each tool's body is of a shell script; what has none is not there. */
export function fakeMachine(tools: Partial<Record<Tool, string>>): FakeMachine {
  const root = temporary();
  const bin = join(root, 'bin');
  const cache = join(root, 'cache');
  const log = join(root, 'log');
  mkdirSync(bin);
  writeFileSync(log, '');
  for (const [name, body] of Object.entries(tools)) {
    const path = join(bin, name);
    // The tools that a script itself uses are the system's.
    const head = `#!/bin/sh\nPATH=/usr/bin:/bin\nBIN=${bin}\necho "${name} $*" >>${log}\n`;
    writeFileSync(path, `${head}${body}\n`);
    chmodSync(path, 0o755);
  }
  return { env: { PATH: bin, KVMTRACE_CACHE: cache, KVMTRACE_HOST: '' }, cache, bin, log };
}

export const QEMU = 'echo "QEMU emulator version 7.2.22 (Debian)"';

const RELEASE = '6.1.0-99-cloud-amd64';

/** A package for each name that is asked for, as apt tells of them. */
export const APT_CACHE = `
for name; do :; done
case $name in
  linux-image-cloud-amd64) echo "Package: $name"; echo "Depends: linux-image-${RELEASE} (= 6.1.1)";;
  linux-image-${RELEASE}) echo "Package: $name"; echo "Size: 27000000";;
  *) exit 100;;
esac`;

/** Leaves a package where it is run, as `apt-get download` does. */
export const APT_GET = 'case "$*" in *download*) echo a package > linux-image.deb;; esac';

/** Unpacks a kernel with KVM, whatever the package. */
export const DPKG_DEB = `
for target; do :; done
modules=$target/lib/modules/${RELEASE}
mkdir -p $target/boot $modules/kernel/arch/x86/kvm $modules/kernel/drivers/net
echo image > $target/boot/vmlinuz-${RELEASE}
echo kvm > $modules/kernel/arch/x86/kvm/kvm.ko
echo amd > $modules/kernel/arch/x86/kvm/kvm-amd.ko
echo net > $modules/kernel/drivers/net/other.ko
echo > $modules/modules.builtin`;

/** The tools of a Debian machine on which the emulated host can be installed, and runs until QEMU is started. */
export const DEBIAN = {
  ...{ 'qemu-system-x86_64': QEMU, 'apt-get': APT_GET, 'apt-cache': APT_CACHE },
  'dpkg-deb': DPKG_DEB,
};
