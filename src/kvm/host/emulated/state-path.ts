/** Where the saved state of a machine is, if there is one: named after all that it depends on. */
import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheDirectory } from './kernel.js';
import type { Parts } from './parts.js';
import { QEMU_PROGRAM } from './qemu-version.js';

const SUFFIX = '.state';
/** As many as are kept: nested paging or not, for two versions of whatever was updated. */
const KEPT = 4;

/**
 * @param more what else the state depends on
 * @returns undefined where that cannot be told
 */
export function statePath({ kernel, qemuVersion }: Parts, more: unknown): string | undefined {
  try {
    const files = [programPath(), kernel.image, ...kernel.modules].map(identity);
    const all = JSON.stringify([qemuVersion, files, more]);
    const name = createHash('sha256').update(all).digest('hex').slice(0, 32);
    return join(cacheDirectory(), 'state', name + SUFFIX);
  } catch {
    return undefined;
  }
}

/** Removes the states that have not been used for the longest time. */
export function removeOldStates(path: string): void {
  const directory = dirname(path);
  const states = readdirSync(directory)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => join(directory, name))
    .map((file) => ({ file, used: statSync(file).atimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const { file } of states.slice(KEPT)) rmSync(file, { force: true });
}

function identity(path: string): unknown {
  const real = realpathSync(path);
  const { size, mtimeMs } = statSync(real);
  return [real, size, mtimeMs];
}

function programPath(): string {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, QEMU_PROGRAM);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  }
  throw new Error(`no ${QEMU_PROGRAM}`);
}
