/**
 * The one error type that users see. Everything a user can cause (a wrong argument, a broken
 * file, a machine without KVM) is thrown as a KvmtraceError whose message is one sentence: what
 * happened, the value seen, and the way out. Any other exception is a bug in kvmtrace.
 *
 * Exit codes are those of the contract: 2 for a wrong command line or input, 3 for a machine
 * that cannot do it (no KVM, no permission).
 */
export type ErrorExitCode = 2 | 3;

/** An error that the user caused or can do something about: one sentence and an exit code. */
export class KvmtraceError extends Error {
  readonly exitCode: ErrorExitCode;

  constructor(message: string, exitCode: ErrorExitCode, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'KvmtraceError';
    this.exitCode = exitCode;
  }
}

/** The command line, a guest or a trace is wrong (exit code 2). */
export function inputError(message: string, cause?: unknown): KvmtraceError {
  return new KvmtraceError(message, 2, cause === undefined ? undefined : { cause });
}

/** This machine cannot do it: no /dev/kvm, no permission, a KVM that lacks something (exit code 3). */
export function machineError(message: string, cause?: unknown): KvmtraceError {
  return new KvmtraceError(message, 3, cause === undefined ? undefined : { cause });
}

/** A broken assumption of kvmtrace itself. Kept in production: a wrong trace is worse than a crash. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`kvmtrace bug: ${message}`);
}
