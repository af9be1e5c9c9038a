/** The calls that one call of a function makes. */
import { CallTracker } from '../model/call-tracker.js';
import type { CodeModel } from '../model/model.js';
import { stepBatches } from '../model/steps.js';

interface Frame {
  readonly callee: number;
  readonly start: number;
  /** By function index, of calls that it makes itself. */
  readonly calls: Map<number, number>;
}

/** Of the call of function `index` that is under way at `step`, by function index. */
export function callsInCall(
  model: CodeModel,
  index: number,
  step: number,
): ReadonlyMap<number, number> {
  const frames: Frame[] = [];
  let found: Frame | undefined;
  const tracker = new CallTracker(model, {
    enter(callee, _caller, start) {
      const calls = frames.at(-1)?.calls;
      calls?.set(callee, (calls.get(callee) ?? 0) + 1);
      frames.push({ callee, start, calls: new Map() });
    },
    leave(_callee, start, end) {
      const frame = frames.pop();
      if (frame?.callee === index && start <= step && step < end) found ??= frame;
    },
  });
  for (const { first, count, ids, interrupted } of stepBatches(model)) {
    for (let i = 0; i < count && found === undefined; i++) {
      tracker.arrive(ids[i]!, first + i, interrupted.get(first + i) ?? -1);
    }
    if (found !== undefined) break;
  }
  if (found === undefined) tracker.finish(model.side.stepCount);
  return found?.calls ?? new Map<number, number>();
}
