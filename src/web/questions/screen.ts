/** The text screen of a PC, as `kvmtrace screen` shows it. */
import { KvmtraceError } from '../../base/errors.js';
import { screenOf, type Screen } from '../../views/screen.js';
import type { State } from '../../query/state.js';
import type { Question } from '../question.js';

/** Lines and attributes of a state; null where nothing is on the screen, or there is none. */
export const screen: Question = {
  lane: 'now',
  answer(args, trace) {
    const at = args.integer('at', 0, trace.stepCount);
    const found = screenIn(trace.state(at));
    const isEmpty = found?.lines.every((line) => line === '') ?? true;
    return { at, screen: isEmpty || found === undefined ? null : { ...found } };
  },
};

/** Undefined where the guest has no memory for one. */
function screenIn(state: State): Screen | undefined {
  try {
    return screenOf(state);
  } catch (error) {
    if (error instanceof KvmtraceError) return undefined;
    throw error;
  }
}
