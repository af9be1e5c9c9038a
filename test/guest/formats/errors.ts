import type { ExecutionContext } from 'ava';
import { KvmtraceError } from '../../../src/base/errors.js';

/** Asserts that it throws what a user may see: one sentence with `parts` in it, exit code 2. */
export function throwsInputError(
  t: ExecutionContext,
  run: () => unknown,
  ...parts: readonly string[]
): void {
  const error = t.throws(run, { instanceOf: KvmtraceError });
  t.is(error.exitCode, 2);
  t.regex(error.message, /^[^\n]+\.$/);
  for (const part of parts) t.true(error.message.includes(part), `${error.message} | ${part}`);
}
