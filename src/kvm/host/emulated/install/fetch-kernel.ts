/** A kernel for the emulated host from Debian's packages, into the cache directory, without root. */
import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { KvmtraceError, machineError } from '../../../../base/errors.js';
import { makeTemporaryIn, removeTemporary } from '../../../../base/temporary.js';
import { cacheDirectory } from '../kernel.js';
import { Apt, type AptPackage } from './apt.js';
import { keepKernel } from './keep-kernel.js';
import { kernelPackages } from './kernel-packages.js';
import { complaintOf, runTool } from './run-tool.js';

/** How fetching tells what it does, and is stopped. */
export interface FetchOptions {
  /** Told what is done, a sentence at a time. */
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches the newest kernel that apt knows, and puts it in the place of one fetched before.
 *
 * @throws KvmtraceError (3) where that fails; nothing is left behind then
 */
export async function fetchKernel({ say, signal }: FetchOptions): Promise<void> {
  const stage = makeStage();
  try {
    const packages = await download(stage, { say, signal });
    const unpacked = join(stage, 'unpacked');
    for (const path of packages) await unpack(path, unpacked, signal);
    placeKernel(unpacked, stage);
  } finally {
    removeTemporary(stage);
  }
}

/** In the cache directory itself: what is finished there is moved, not copied. */
function makeStage(): string {
  return writing(() => {
    mkdirSync(cacheDirectory(), { recursive: true });
    return makeTemporaryIn(cacheDirectory());
  });
}

/** With the system's package lists, or where these are missing or too old with new ones. */
async function download(stage: string, { say, signal }: FetchOptions): Promise<string[]> {
  try {
    return await downloadWith(Apt.ofSystem(signal), stage, say);
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
    say(
      "The system's package lists do not serve: fetching new ones for this once (apt-get update).",
    );
  }
  const apt = writing(() => Apt.withOwnLists(join(stage, 'apt'), signal));
  const complaint = await apt.update();
  try {
    return await downloadWith(apt, stage, say);
  } catch (error) {
    if (complaint === undefined || !(error instanceof KvmtraceError)) throw error;
    throw machineError(
      `package lists cannot be fetched (${complaint}): see that this machine reaches its package sources, and try again.`,
      error,
    );
  }
}

async function downloadWith(
  apt: Apt,
  stage: string,
  say: (text: string) => void,
): Promise<string[]> {
  const packages = await kernelPackages(apt);
  say(`Fetching ${listOf(packages)} with apt-get download, which needs no root.`);
  const files: string[] = [];
  for (const { name } of packages) {
    // One each: apt-get does not say what it calls the file.
    files.push(await apt.download(name, mkdtempSync(join(stage, 'package-'))));
  }
  return files;
}

function listOf(packages: readonly AptPackage[]): string {
  const bytes = packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return `${packages.map(({ name }) => name).join(', ')} (${Math.ceil(bytes / 1e6)} MB)`;
}

async function unpack(path: string, target: string, signal?: AbortSignal): Promise<void> {
  const result = await runTool('dpkg-deb', ['-x', path, target], { signal });
  if (result.code === 0) return;
  throw machineError(
    `the kernel's package cannot be unpacked in ${cacheDirectory()} (${complaintOf('dpkg-deb', result)}): see that there is room, and run \`kvmtrace host install --force\`, which fetches it again.`,
  );
}

/** Whole or not at all: whoever looks meanwhile finds the kernel that was there before. */
function placeKernel(unpacked: string, stage: string): void {
  const made = join(stage, 'kernel');
  const target = join(cacheDirectory(), 'kernel');
  if (writing(() => keepKernel(unpacked, made)) === undefined) {
    throw machineError(
      `the kernel's package that apt-get fetched holds no kernel with KVM for AMD (kvm-amd): put one into ${join(target, 'boot')} with its modules in ${join(target, 'lib/modules')}.`,
    );
  }
  writing(() => {
    replaceDirectory(made, target, join(stage, 'replaced'));
  });
}

/** A directory cannot be renamed onto another that holds something: that has to go first. */
function replaceDirectory(made: string, target: string, replaced: string): void {
  try {
    renameSync(target, replaced);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    renameSync(made, target);
  } catch (error) {
    // Two that install at a time: the other was faster, and its kernel serves as well.
    if (existsSync(target)) return;
    if (existsSync(replaced)) renameSync(replaced, target);
    throw error;
  }
}

function writing<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw machineError(
      `the cache directory ${cacheDirectory()} cannot be written (${code}): make room there, or name another in KVMTRACE_CACHE.`,
      error,
    );
  }
}
