/** The calls under way, and which functions took how long. */
import type { Jsonable } from '../../base/json.js';
import { formatSymbol } from '../../trace/read/symbols.js';
import { sourceJson } from '../../views/source.js';
import { stackFrameJson, stackFrames } from '../../report/call-stack.js';
import type { Question } from '../question.js';
import { cut } from './steps.js';

const MOST_FRAMES = 200;
const MOST_FUNCTIONS = 1000;

/** Frames of a state, the innermost first. */
export const stack: Question = {
  lane: 'deep',
  answer(args, trace) {
    const at = args.integer('at', 0, trace.stepCount);
    const frames = stackFrames(trace, at, MOST_FRAMES);
    return { at, frames: frames.map((each) => bounded(stackFrameJson(trace, each))) };
  },
};

/** Functions by their own steps. */
export const functions: Question = {
  lane: 'deep',
  answer(_, trace) {
    const all = trace.hotFunctions();
    return {
      count: all.length,
      functions: all.slice(0, MOST_FUNCTIONS).map((each): Jsonable => ({
        address: each.address,
        name: each.symbol === undefined ? null : cut(formatSymbol(each.symbol)),
        source: sourceJson(each.source),
        calls: each.calls,
        own_steps: each.ownSteps,
        total_steps: each.totalSteps,
      })),
    };
  },
};

/** With names of a bounded length. */
function bounded(frame: Jsonable): Jsonable {
  const entries = Object.entries(frame as { readonly [key: string]: Jsonable });
  return Object.fromEntries(entries.map(([key, value]) => [key, cut(value)]));
}
