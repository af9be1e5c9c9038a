/** One case: record again, compare, assert. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { inputError } from '../base/errors.js';
import { makeTemporary, removeTemporary } from '../base/temporary.js';
import { compareInProcess } from './compare-in-process.js';
import type { Deadline } from './deadline.js';
import type { Manifest } from './manifest.js';
import { failure, problem, type Outcome } from './outcome.js';
import { recordCase } from './record-case.js';

/** The outcome of a case, with its name and how long it took. */
export interface CaseResult extends Outcome {
  readonly name: string;
  /** Path of the manifest. */
  readonly path: string;
  readonly seconds: number;
}

/** How to run a case; the same for all cases of a suite. */
export interface CaseOptions {
  /** Renew golden traces instead of comparing. */
  readonly update: boolean;
  /** Directory for the traces of cases that fail. */
  readonly keep: string | undefined;
  /** Options of `record` that name the host, the same for all cases; none for its default. */
  readonly host?: readonly string[];
  /** Path of the program that records a case: kvmtrace's own CLI. */
  readonly program: string;
  /** Aborted to end what is under way. */
  readonly signal: AbortSignal;
}

/**
 * Records the guest of a case again and compares; what goes wrong becomes its outcome, not an
 * exception.
 */
export async function runCase(manifest: Manifest, options: CaseOptions): Promise<CaseResult> {
  const { name, path } = manifest;
  const start = performance.now();
  const directory = makeTemporary();
  try {
    const outcome = await attempt(manifest, options, directory);
    return { name, path, ...outcome, seconds: (performance.now() - start) / 1000 };
  } finally {
    removeTemporary(directory);
  }
}

async function attempt(
  manifest: Manifest,
  { update, keep, signal, program, host = [] }: CaseOptions,
  directory: string,
): Promise<Outcome> {
  const { golden, timeoutSeconds } = manifest;
  if (!update && !existsSync(golden)) {
    return problem(`there is no golden trace ${golden}: make it with --update`, 2);
  }
  const deadline: Deadline = { seconds: timeoutSeconds, signal };
  const trace = join(directory, 't.db');
  const { exitCode, message, late } = await recordCase(
    { manifest, host, program },
    trace,
    directory,
    deadline,
  );
  if (signal.aborted) return problem('interrupted', 2);
  if (late) {
    if (existsSync(trace)) keepTrace(trace, keep, manifest);
    return failure(
      `the guest did not end within ${timeoutSeconds} s: give max-steps in options, or a longer timeout`,
    );
  }
  if (exitCode > 1) return problem(message.replace(/^kvmtrace: /, ''), exitCode === 3 ? 3 : 2);
  const outcome = await compareInProcess({ manifest, trace, update }, deadline);
  if (outcome.status === 'failed') keepTrace(trace, keep, manifest);
  return outcome;
}

function keepTrace(trace: string, keep: string | undefined, { name }: Manifest): void {
  if (keep === undefined) return;
  const target = resolve(keep, `${name}.db`);
  try {
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(trace, target);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw inputError(
      `--keep: ${target} cannot be written (${code}): give another directory.`,
      error,
    );
  }
}
