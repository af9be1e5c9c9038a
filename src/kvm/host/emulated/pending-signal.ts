/** Whether a signal waits for this program's handler, which runs only when this thread is given back. */
import { readdirSync, readlinkSync } from 'node:fs';
import { bytesInPipe } from '../../libc.js';

const DIRECTORY = '/proc/self/fd';
/** libuv's lock for signals is a byte in a pipe; what it writes for a signal is longer (src/unix/signal.c). */
const LOCK_BYTES = 1;

/**
 * The handler that libuv has in the process writes to a pipe of its event loop, which is not read while
 * JavaScript runs: so that a signal is seen whenever it came, and on whichever thread.
 */
export function hasPendingSignal(): boolean {
  const ends = new Map<string, number[]>();
  for (const name of readdirSync(DIRECTORY)) {
    const pipe = pipeOf(name);
    if (pipe !== undefined) ends.set(pipe, [...(ends.get(pipe) ?? []), Number(name)]);
  }
  // Those with both ends in this process.
  return [...ends.values()].some((fds) => fds.length === 2 && bytesInPipe(fds[0]!) > LOCK_BYTES);
}

function pipeOf(name: string): string | undefined {
  try {
    const target = readlinkSync(`${DIRECTORY}/${name}`);
    return target.startsWith('pipe:') ? target : undefined;
  } catch {
    // The directory itself, which has been closed.
    return undefined;
  }
}
