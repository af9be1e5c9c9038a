/** A question that the page asks, and how it is answered. */
import type { Jsonable } from '../base/json.js';
import type { Trace } from '../query/trace.js';
import type { Arguments } from './arguments.js';

/**
 * Threads that answer, one question after another in each. `now`: what takes milliseconds whatever the
 * length of the trace; `deep`: what may need the derived tables, which a trace without an index gets
 * made first; `sql`: what the user wrote, which can be stopped.
 */
export const LANES = ['now', 'deep', 'sql'] as const;
export type Lane = (typeof LANES)[number];

/** The traces that are shown: `b` where two are compared. */
export interface Traces {
  readonly a: Trace;
  readonly b: Trace | undefined;
}

/** One kind of question. */
export interface Question {
  readonly lane: Lane;
  /**
   * @param trace that of the side that is asked about
   * @param traces both
   * @throws KvmtraceError for what the trace does not have: its message is shown
   */
  answer(args: Arguments, trace: Trace, traces: Traces): Jsonable;
  /**
   * Does a part, of some ten milliseconds, of what makes later answers better; false when nothing is
   * left. Called when nobody waits.
   */
  prepare?(trace: Trace): boolean;
}
