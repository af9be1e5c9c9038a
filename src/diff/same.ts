/** Which comparison has the last word, and whether it found nothing. */
import type { AlignedDiff } from './aligned/aligned-diff.js';
import { endsAt } from './exact/ends.js';
import type { ExactDiff } from './exact/result.js';
import type { Pair } from './side.js';

/** The comparison whose verdict counts. */
export type Decider = 'exact' | 'aligned';

/**
 * The steps decide for one guest, and wherever they are all the same. Of two builds, whose addresses
 * differ, what the aligned comparison looks at decides, unless only steps were asked for.
 */
export function deciderOf(
  exact: ExactDiff | undefined,
  aligned: AlignedDiff | undefined,
  byStepsAlone: boolean,
): Decider {
  if (exact === undefined) return 'aligned';
  return exact.same || byStepsAlone || aligned === undefined ? 'exact' : 'aligned';
}

/** Nothing that the aligned comparison looks at differs. */
export function isSameAligned(pair: Pair, aligned: AlignedDiff): boolean {
  const { functions, calls, outputs, flow, lost, memory } = aligned;
  return (
    pair.a.stepCount === pair.b.stepCount &&
    endsAt(pair, pair.a.stepCount, pair.b.stepCount) === undefined &&
    functions.length === 0 &&
    calls.length === 0 &&
    outputs.differences.length === 0 &&
    flow === undefined &&
    aligned.cut === undefined &&
    lost === undefined &&
    (memory === undefined || memory.differences.length === 0)
  );
}
