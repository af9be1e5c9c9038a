/** Which of Debian's or Ubuntu's packages hold a kernel and its modules. */
import { machineError } from '../../../../base/errors.js';
import type { Apt, AptPackage } from './apt.js';

/** Packages that depend on the newest kernel: the small ones for virtual machines first. */
const META_PACKAGES = ['linux-image-cloud-amd64', 'linux-image-virtual', 'linux-image-amd64'];

/** What a kernel's package is called; the file may be split into several that depend on each other. */
const KERNEL_PACKAGE = /\blinux-(?:image|binary|modules)-\d[^\s,|(]*/g;

/**
 * The packages of the newest kernel that apt knows.
 *
 * @throws KvmtraceError (3) where it knows none
 */
export async function kernelPackages(apt: Apt): Promise<AptPackage[]> {
  for (const name of META_PACKAGES) {
    const meta = await apt.show(name);
    if (meta === undefined) continue;
    const packages = new Map<string, AptPackage>();
    const wanted = namesIn(meta);
    for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
      if (packages.has(next)) continue;
      const each = await apt.show(next);
      if (each === undefined) break;
      packages.set(next, each);
      wanted.push(...namesIn(each));
    }
    if (packages.size > 0) return [...packages.values()];
  }
  throw machineError(
    `apt knows none of ${META_PACKAGES.join(', ')}: see that this machine's package sources (/etc/apt) are those of Debian or Ubuntu and can be reached.`,
  );
}

function namesIn({ depends }: AptPackage): string[] {
  return depends.match(KERNEL_PACKAGE) ?? [];
}
