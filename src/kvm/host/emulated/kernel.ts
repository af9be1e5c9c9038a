/** The kernel that runs inside the emulated machine: one that is on this machine already. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { machineError } from '../../../base/errors.js';

/** A kernel image with the modules that its KVM needs. */
export interface HostKernel {
  /** `6.1.0-56-cloud-amd64`. */
  readonly release: string;
  readonly image: string;
  /** Paths, in the order in which they are to be loaded; none where KVM is built in. */
  readonly modules: readonly string[];
}

/** Where `kvmtrace host install` keeps what it fetches, in the folder `kernel`. */
export function cacheDirectory(): string {
  const { KVMTRACE_CACHE: own, XDG_CACHE_HOME: cache } = process.env;
  if (own !== undefined && own !== '') return own;
  const base = cache !== undefined && cache !== '' ? cache : join(homedir(), '.cache');
  return join(base, 'kvmtrace');
}

/** Kernels that the emulated host can use, the best first: those fetched for it, then the system's. */
export function hostKernels(systemRoot = '/'): HostKernel[] {
  return [...kernelsBelow(join(cacheDirectory(), 'kernel')), ...kernelsBelow(systemRoot)];
}

/**
 * The kernel that the emulated host boots.
 *
 * @throws KvmtraceError (3) where there is none, with what to do
 */
export function requireKernel([kernel] = hostKernels()): HostKernel {
  if (kernel !== undefined) return kernel;
  throw machineError(
    'the emulated host needs a Linux kernel with KVM for AMD (kvm-amd) and found none that can be read in /boot and /lib/modules: run `kvmtrace host install`, which fetches one.',
  );
}

/** KVM for AMD's processors and what it builds on, in load order, where modules.dep does not say. */
const KVM_MODULES = ['irqbypass', 'ccp', 'kvm', 'kvm-amd'];
/** Modules that KVM uses only where they are there. */
const OPTIONAL = new Set(['ccp', 'irqbypass']);

/** Those of a tree laid out as a system's root is. */
export function kernelsBelow(root: string): HostKernel[] {
  return releasesBelow(root).flatMap((release) => {
    const image = imagesOf(root, release).find(isReadable);
    const modules = modulesOf(moduleDirectory(root, release));
    return image !== undefined && modules !== undefined ? [{ release, image, modules }] : [];
  });
}

/** Images that would serve if this user might read them: Ubuntu gives its own to root alone. */
export function unreadableKernels(): string[] {
  return releasesBelow('/').flatMap((release) => {
    const images = imagesOf('/', release).filter((path) => existsSync(path));
    const serves = modulesOf(moduleDirectory('/', release)) !== undefined;
    return serves && !images.some(isReadable) ? images.slice(0, 1) : [];
  });
}

function releasesBelow(root: string): string[] {
  const inBoot = entries(join(root, 'boot'))
    .filter((name) => name.startsWith('vmlinuz-'))
    .map((name) => name.slice('vmlinuz-'.length));
  const withModules = MODULE_FOLDERS.flatMap((folder) => entries(join(root, folder)));
  return [...new Set([...inBoot, ...withModules])].sort(byVersionDescending);
}

/**
 * Where distributions keep a kernel's image. Fedora, Arch and openSUSE have it beside the modules;
 * Alpine's is named after the flavour alone (`vmlinuz-lts`), which is what its release ends in.
 */
function imagesOf(root: string, release: string): string[] {
  return [
    join(root, 'boot', `vmlinuz-${release}`),
    join(moduleDirectory(root, release), 'vmlinuz'),
    join(root, 'boot', `vmlinuz-${release.split('-').at(-1)!}`),
  ];
}

/** /lib/modules, or where it is a link into /usr that was unpacked without it. */
const MODULE_FOLDERS = ['lib/modules', 'usr/lib/modules'] as const;

function moduleDirectory(root: string, release: string): string {
  const directories = MODULE_FOLDERS.map((name) => join(root, name, release));
  return directories.find((directory) => existsSync(directory)) ?? directories[0]!;
}

/** Undefined where this kernel has no KVM for AMD's processors. */
function modulesOf(directory: string): string[] | undefined {
  const builtin = new Set(
    lines(join(directory, 'modules.builtin')).map((path) => moduleName(path)),
  );
  const files = new Map<string, string>();
  for (const folder of ['virt/lib', 'drivers/crypto/ccp', 'arch/x86/kvm']) {
    const path = join(directory, 'kernel', folder);
    for (const file of entries(path)) files.set(moduleName(file), join(path, file));
  }
  const paths: string[] = [];
  for (const name of KVM_MODULES) {
    const path = files.get(name);
    if (path !== undefined) paths.push(path);
    else if (!builtin.has(name) && !OPTIONAL.has(name)) return undefined;
  }
  return paths.every(isReadable) ? paths : undefined;
}

function moduleName(path: string): string {
  return basename(path).replace(/\.ko(\.\w+)?$/, '');
}

/** A module as finit_module takes it on every kernel: not compressed. */
export function readModule(path: string): Uint8Array {
  const bytes = readFileSync(path);
  if (path.endsWith('.ko')) return bytes;
  if (path.endsWith('.gz')) return gunzipSync(bytes);
  const tool = path.endsWith('.zst') ? 'zstd' : 'xz';
  try {
    return execFileSync(tool, ['-dc'], { input: bytes, maxBuffer: 64 << 20 });
  } catch (error) {
    throw machineError(
      `the kernel's module ${path} cannot be unpacked with ${tool}: install ${tool}, or let \`kvmtrace host install\` fetch another kernel.`,
      error,
    );
  }
}

function byVersionDescending(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
