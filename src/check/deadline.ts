import type { ChildProcess } from 'node:child_process';

/** When a process has to have ended. */
export interface Deadline {
  readonly seconds: number;
  /** Aborted where the whole suite is to end. */
  readonly signal: AbortSignal;
}

/** From SIGTERM, on which files are closed, to SIGKILL. */
const GRACE_MS = 10_000;

/**
 * Waits for the end of a process, and brings it about at the deadline.
 *
 * @returns its exit code, if it has one, and whether the deadline ended it
 */
export async function endProcess(
  child: ChildProcess,
  { seconds, signal }: Deadline,
): Promise<{ readonly code: number | null; readonly late: boolean }> {
  let late = false;
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    kill ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, seconds * 1000);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    return { code, late };
  } finally {
    clearTimeout(timer);
    clearTimeout(kill);
    signal.removeEventListener('abort', stop);
  }
}
