/**
 * Directories for files that live as long as the process. A process that is killed cannot remove its
 * own, so each that makes one removes those that dead processes left behind.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineError } from './errors.js';
import { isRunning, processNamespace } from './process-identity.js';

const NAME = /^kvmtrace-(?<pid>\d+)-(?<namespace>\d+)-\w+$/;

const ownDirectories = new Set<string>();
const swept = new Set<string>();

/**
 * Makes a directory below the system's one for temporary files. It is removed when the process ends
 * by itself, or by `removeTemporary`.
 *
 * @throws KvmtraceError (exit code 3) where none can be made
 */
export function makeTemporary(): string {
  try {
    return makeTemporaryIn(tmpdir());
  } catch (error) {
    throw temporaryError(error);
  }
}

/** The same in a directory of the caller's choice. Throws what the file system says. */
export function makeTemporaryIn(parent: string): string {
  if (swept.size === 0) {
    process.once('exit', () => {
      for (const directory of ownDirectories) removeTemporary(directory);
    });
  }
  if (!swept.has(parent)) {
    swept.add(parent);
    removeAbandoned(parent);
  }
  const directory = mkdtempSync(join(parent, `kvmtrace-${process.pid}-${processNamespace()}-`));
  ownDirectories.add(directory);
  return directory;
}

/** Removes a directory of `makeTemporary` with all that is in it. */
export function removeTemporary(directory: string): void {
  ownDirectories.delete(directory);
  rmSync(directory, { recursive: true, force: true });
}

/** What a failure to write temporary files means, as a sentence with the way out. */
export function temporaryError(error: unknown): Error {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  return machineError(
    `temporary files cannot be written in ${tmpdir()} (${code}): make room there, or name another directory in TMPDIR.`,
    error,
  );
}

function removeAbandoned(parent: string): void {
  const own = processNamespace();
  for (const name of namesIn(parent)) {
    const { pid, namespace } = NAME.exec(name)?.groups ?? {};
    if (pid === undefined || namespace !== own || isRunning(Number(pid))) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, or another process was faster: not ours to worry about.
    }
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // Making one of our own will tell.
  }
}
