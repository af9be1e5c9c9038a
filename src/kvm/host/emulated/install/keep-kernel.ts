/** Of an unpacked kernel's package, the little that the emulated host boots. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { kernelsBelow, type HostKernel } from '../kernel.js';

/** A kernel's list of what is built into it: that KVM may be. */
const BUILT_IN = 'modules.builtin';

/**
 * Copies image and modules from a tree to another. Returns the kernel there, or undefined where the
 * tree holds none with KVM for AMD.
 */
export function keepKernel(unpacked: string, target: string): HostKernel | undefined {
  const [kernel] = kernelsBelow(unpacked);
  if (kernel === undefined) return undefined;
  const { release, image, modules } = kernel;
  const folders = ['lib/modules', 'usr/lib/modules'].map((name) => join(unpacked, name, release));
  const source = folders.find((folder) => existsSync(folder)) ?? folders[0]!;
  const folder = join(target, 'lib/modules', release);
  copy(image, join(target, 'boot', `vmlinuz-${release}`));
  for (const path of modules) copy(path, join(folder, relative(source, path)));
  const list = join(source, BUILT_IN);
  if (existsSync(list)) copy(list, join(folder, BUILT_IN));
  return kernelsBelow(target)[0];
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
