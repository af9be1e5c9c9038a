/** Where a value comes from. */
import { isMemoryPlace, parseMemoryPlace } from '../../query/places/place.js';
import { whyJson } from '../../report/why.js';
import type { Question } from '../question.js';

const MOST_DEPTH = 24;
const MOST_LINKS = 200;

/** The tree of `kvmtrace why` for a register, flag or memory of a state. */
export const why: Question = {
  lane: 'deep',
  answer(args, trace) {
    const at = args.integer('at', 0, trace.stepCount);
    const what = args.text('what', 200);
    const target = isMemoryPlace(what)
      ? parseMemoryPlace(what, 'why', trace, trace.state(at))
      : what;
    const options = {
      depth: args.integer('depth', 1, MOST_DEPTH),
      links: args.integer('links', 1, MOST_LINKS),
      addresses: args.flag('addresses'),
    };
    return { at, what, root: whyJson(trace.why(at, target, options)) };
  },
};
