/** The process that compares one case: SQL of a manifest may never end, and ends with the process. */
import { KvmtraceError } from '../base/errors.js';
import { compareCase, updateCase } from './compare.js';
import type { Manifest } from './manifest.js';
import { problem, type Outcome } from './outcome.js';

/** What the child process is sent: the case, and the new recording of it. */
export interface CompareOrder {
  readonly manifest: Manifest;
  readonly trace: string;
  /** Renew the golden trace instead of comparing. */
  readonly update: boolean;
}

/**
 * What the child process sends: what it begins with, its result, or the error that it stopped at.
 */
export type CompareMessage =
  | { readonly kind: 'begins'; readonly what: string }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'bug'; readonly error: Error };

const send = (message: CompareMessage, then?: () => void): void => {
  process.send!(message, undefined, undefined, then);
};

process.on('disconnect', () => process.exit(1));
process.once('message', (order: CompareOrder) => {
  send(run(order), () => {
    process.exit(0);
  });
});

function run({ manifest, trace, update }: CompareOrder): CompareMessage {
  const onBegin = (what: string): void => {
    send({ kind: 'begins', what });
  };
  try {
    const outcome = (update ? updateCase : compareCase)(manifest, trace, onBegin);
    return { kind: 'outcome', outcome };
  } catch (error) {
    if (!(error instanceof KvmtraceError)) {
      return { kind: 'bug', error: error instanceof Error ? error : new Error(String(error)) };
    }
    return { kind: 'outcome', outcome: problem(error.message, error.exitCode) };
  }
}
