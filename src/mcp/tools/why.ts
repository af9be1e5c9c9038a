import * as z from 'zod';
import { isMemoryPlace, parseMemoryPlace } from '../../query/places/place.js';
import { PLAIN } from '../../report/style.js';
import { whyLines } from '../../report/why.js';
import { shortLines } from '../answer.js';
import { count, defineTool, position, stateAt } from '../tool.js';

/** Where a value comes from. */
export const why = defineTool({
  name: 'why',
  title: 'Where a value comes from',
  description:
    'The origin of a value: the step that made it, what that step read, and so on back to constants, inputs and initial contents, as a tree. The best first question about a wrong register, flag or memory; it finds overwrites, for every link names the step, function and instruction that stored the value. Arrows (←) are places that it was moved through unchanged.',
  input: {
    at: position.describe('The state that has the value (just before this step); -1: the last.'),
    what: z
      .string()
      .describe(
        'A register (rax, al, xmm0), a flag (zf), or memory: [address]:bytes with a number, register or symbol inside, e.g. "[rsp+8]:4", "[total]:8", "phys:[0x1000]:2".',
      ),
    depth: count(20, 4, 'Links to go back'),
    links: count(100, 30, 'Links to tell in all'),
    addresses: z
      .boolean()
      .default(false)
      .describe('Also follow the registers that addresses were made of.'),
  },
  run({ at, what, depth, links, addresses }, trace) {
    const n = stateAt(at, 'at', trace);
    const target = isMemoryPlace(what)
      ? parseMemoryPlace(what, 'what', trace, trace.state(n))
      : what;
    const root = trace.why(n, target, { depth, links, addresses });
    return {
      state: n,
      tree: shortLines(whyLines(root, PLAIN)),
      next: 'Ask where with a step of the tree for its call stack, steps with around for the code.',
    };
  },
});
