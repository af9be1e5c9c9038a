/** Waiting for another process, by blocking this thread or while others run: written once for both. */
import { setTimeout as delay } from 'node:timers/promises';

/** Yields whenever there is nothing to do but to wait a little. */
export type Waiting<T> = Generator<undefined, T>;

const POLL_MS = 5;

/** Blocks this thread until it is over. */
export function blocking<T>(waiting: Waiting<T>): T {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const { done, value } = waiting.next();
    if (done === true) return value;
    Atomics.wait(never, 0, 0, POLL_MS);
  }
}

/** The same, while others run. Rejects with the signal's reason when it is aborted. */
export async function whileOthersRun<T>(waiting: Waiting<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    const { done, value } = waiting.next();
    if (done === true) return value;
    await delay(POLL_MS);
    try {
      signal?.throwIfAborted();
    } catch (error) {
      return waiting.throw(error).value as T;
    }
  }
}

/** Waits until a condition holds; false where it does not within `ms`. */
export function* until(condition: () => boolean, ms: number): Waiting<boolean> {
  for (const start = performance.now(); !condition();) {
    if (performance.now() - start > ms) return false;
    yield;
  }
  return true;
}
