import type { Trace } from '../../query/trace.js';
import { printable } from '../../base/printable.js';

/** Steps from which on deriving takes long enough to say so. */
const LONG_STEPS = 500_000;

/** Tells people at a terminal why an answer takes a while, and what to do about it. */
export function noteMissingIndex(trace: Trace): void {
  if (trace.hasIndex || trace.stepCount < LONG_STEPS || !process.stderr.isTTY) return;
  process.stderr.write(
    `kvmtrace: no index yet, so this goes through all ${trace.stepCount} steps first; kvmtrace index ${printable(trace.path)} keeps it.\n`,
  );
}
