import * as z from 'zod';
import { diffTraces } from '../../diff/diff.js';
import { Side } from '../../diff/side.js';
import { textReport } from '../../report/diff/text.js';
import { PLAIN } from '../../report/style.js';
import { firstLines } from '../answer.js';
import { count, defineTool } from '../tool.js';

/** Two traces compared. */
export const diff = defineTool({
  name: 'diff',
  title: 'Compare with another trace',
  description:
    'Compares this trace (b) with another one, e.g. of a run that went well (a): the first step at which they part, and the cause. Of two builds of a guest it tells what changed by function.',
  input: {
    other: z.string().min(1).describe('Path of the other trace file.'),
    mode: z
      .enum(['auto', 'exact', 'aligned', 'both'])
      .default('auto')
      .describe('exact: step by step; aligned: across builds; auto: what the guests call for.'),
    lines: count(300, 80, 'Lines of the report'),
  },
  run({ other, mode, lines: most }, trace) {
    using a = new Side(other);
    using b = new Side(trace.path);
    const pair = { a, b };
    const result = diffTraces(pair, { mode });
    const { lines, further } = firstLines(textReport(pair, result, PLAIN), most);
    return {
      same: result.same,
      verdict: result.verdict,
      report: lines,
      more: further === 0 ? undefined : `${further} lines more: raise lines`,
    };
  },
});
