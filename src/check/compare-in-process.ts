/** Compares a case in a process of its own, which can be ended. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CompareMessage, CompareOrder } from './compare-process.js';
import { endProcess, type Deadline } from './deadline.js';
import { problem, type Outcome } from './outcome.js';

const PROCESS = fileURLToPath(new URL('./compare-process.js', import.meta.url));

/**
 * Compares the case in a child process, which is killed when the deadline comes; what it was at is
 * named then.
 */
export async function compareInProcess(order: CompareOrder, deadline: Deadline): Promise<Outcome> {
  // 'advanced' also passes on bigint, undefined and maps.
  const child = fork(PROCESS, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let outcome: Outcome | undefined;
  let bug: Error | undefined;
  let what = 'comparing';
  child.on('message', (message: CompareMessage) => {
    if (message.kind === 'begins') ({ what } = message);
    else if (message.kind === 'outcome') ({ outcome } = message);
    else bug = message.error;
  });
  child.send(order);
  const { late } = await endProcess(child, deadline);
  if (bug !== undefined) throw bug;
  if (outcome !== undefined) return outcome;
  if (deadline.signal.aborted) return problem('interrupted', 2);
  return problem(
    late
      ? `${what} did not end within ${deadline.seconds} s: mend it, or raise the manifest's timeout`
      : 'the process that compares it died',
    2,
  );
}
