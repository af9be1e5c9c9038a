/** `--from`, `--to` and `--call`: which steps to export. */
import { inputError } from '../../base/errors.js';
import type { Trace } from '../../query/trace.js';
import { single } from './numbers.js';
import { parseStepPosition } from '../../query/places/place.js';

/** The steps that are exported. */
export interface StepRange {
  readonly from: number;
  /** The step after the last. */
  readonly to: number;
}

interface RangeArguments {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly call: string | undefined;
}

/** @throws KvmtraceError (exit code 2) for a range without steps, and for places that do not run */
export function parseExportRange({ from, to, call }: RangeArguments, trace: Trace): StepRange {
  if (call !== undefined) return callRange(single(call, '--call'), trace);
  const { stepCount } = trace;
  const position = (text: string, option: string): number =>
    parseStepPosition(single(text, option), option, stepCount, trace);
  const first = from === undefined ? 0 : position(from, '--from');
  const end = to === undefined ? stepCount : Math.min(stepCount, position(to, '--to'));
  if (first < end || (stepCount === 0 && from === undefined)) return { from: first, to: end };
  if (first >= stepCount) {
    throw inputError(
      `--from ${first} is beyond the end of ${trace.path}: its steps are 0 to ${stepCount - 1}.`,
    );
  }
  throw inputError(
    `there is no step from ${first} up to, not including, ${end}: give a larger --to.`,
  );
}

/** The steps of a function's call from its first instruction to its return. */
function callRange(text: string, trace: Trace): StepRange {
  const step = parseStepPosition(text, '--call', trace.stepCount, trace);
  const call = trace.callStack(step).find(({ firstStep }) => firstStep === step);
  if (call === undefined) {
    throw inputError(
      `--call ${text}: no call begins at step ${step}; give a function, or --from and --to.`,
    );
  }
  return { from: call.firstStep, to: call.lastStep + 1 };
}
