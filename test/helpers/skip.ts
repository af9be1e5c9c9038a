/** Tests that do not run here, with the reason: `npm test` adds them up at its end. */
import { appendFileSync } from 'node:fs';
import test, { type ImplementationFn } from 'ava';

/** Where each skipped test, or part of one, becomes a line; scripts/test.sh sets it. */
const FILE = process.env['KVMTRACE_SKIPS'];

/** ava's `test.skip`, with the reason: what is missing, or whose fault it is. */
export function skipTest(
  reason: string,
  title: string,
  implementation: ImplementationFn<[]>,
): void {
  noteSkip(reason);
  test.skip(title, implementation);
}

/** For what a test finds out while it runs. */
export function noteSkip(reason: string): void {
  if (FILE !== undefined && FILE !== '') appendFileSync(FILE, `${reason}\n`);
}
