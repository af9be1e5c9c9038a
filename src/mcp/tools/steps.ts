import * as z from 'zod';
import { PLAIN } from '../../report/style.js';
import { StepListing } from '../../report/steps.js';
import { shortLines } from '../answer.js';
import { count, defineTool, position, stepAt } from '../tool.js';

const MOST = 100;

/** Instructions with what they changed. */
export const steps = defineTool({
  name: 'steps',
  title: 'List executed instructions',
  description:
    'Executed instructions in order: step number, place, bytes, disassembly, and what each changed (registers and memory as old→new, port I/O, MMIO, interrupts between them). Give from, or around to see both sides of a step. `more` has the arguments for what follows.',
  input: {
    from: position.optional(),
    around: position.optional(),
    count: count(MOST, 20, 'How many'),
    reads: z
      .boolean()
      .default(false)
      .describe('Also tell memory that was read, and writes that changed nothing.'),
  },
  run({ from, around, count: wanted, reads }, trace) {
    const middle = around === undefined ? undefined : stepAt(around, 'around', trace);
    const first =
      middle === undefined
        ? stepAt(from ?? 0, 'from', trace)
        : middle >= trace.stepCount
          ? middle
          : Math.max(0, middle - (wanted >> 1));
    const records = [...trace.steps(first, wanted, { accesses: reads })];
    const end = first + records.length;
    const listing = new StepListing({ style: PLAIN, columns: undefined, lastStep: end });
    return {
      steps: shortLines(listing.lines(records)),
      more: end < trace.stepCount ? { from: end, count: wanted } : undefined,
    };
  },
});
