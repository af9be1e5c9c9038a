import * as z from 'zod';
import { isMemoryPlace, parseMemoryPlace } from '../../query/places/place.js';
import { changesOfMemory } from '../../query/searches.js';
import { stepsBefore, stepsFrom, type StepSearch } from '../../query/step-search.js';
import type { Trace } from '../../query/trace.js';
import { PLAIN } from '../../report/style.js';
import { StepListing } from '../../report/steps.js';
import { shortLines } from '../answer.js';
import { count, defineTool, position, stateAt } from '../tool.js';

/** The last or next steps that changed something. */
export const findWrite = defineTool({
  name: 'find_write',
  title: 'Who wrote it last, or next',
  description:
    'The steps that changed a register, flag or memory, nearest first: before a step (the last writes) or after it (the next). Only changes count. An address with a register goes by the registers of `at`.',
  input: {
    what: z
      .string()
      .describe('A register (rax), a flag (zf), or memory: "[address]:bytes", as for why.'),
    at: position,
    direction: z.enum(['before', 'after']).default('before'),
    count: count(20, 1, 'How many writes'),
  },
  run({ what, at, direction, count: wanted }, trace) {
    const n = stateAt(at, 'at', trace);
    const search = searchOf(what, n, trace);
    const found = [
      ...(direction === 'before'
        ? [...stepsBefore(search, n, wanted)].reverse()
        : stepsFrom(search, n, wanted)),
    ];
    const listing = new StepListing({
      style: PLAIN,
      columns: undefined,
      lastStep: trace.stepCount,
    });
    const last = found.at(-1);
    return {
      writes: found.flatMap((step) => shortLines(listing.lines([...trace.steps(step, 1)]))),
      none:
        found.length > 0
          ? undefined
          : direction === 'before'
            ? 'it has not changed since the initial state'
            : 'it does not change any more',
      more:
        last === undefined || found.length < wanted
          ? undefined
          : { what, direction, at: direction === 'before' ? last : last + 1, count: wanted },
    };
  },
});

function searchOf(what: string, at: number, trace: Trace): StepSearch {
  if (!isMemoryPlace(what)) return trace.registerChanges(what);
  const place = parseMemoryPlace(what, 'what', trace, trace.state(at));
  if ('gpa' in place) return changesOfMemory(trace, place);
  return trace.searchLinear(place.gva, place.length, (range) => changesOfMemory(trace, range));
}
