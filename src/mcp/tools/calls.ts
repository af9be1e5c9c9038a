import { callTreeLines } from '../../report/call-tree.js';
import { PLAIN } from '../../report/style.js';
import type { CallNode } from '../../query/call-tree.js';
import { firstLines } from '../answer.js';
import { count, defineTool } from '../tool.js';
import * as z from 'zod';

const MOST_LINES = 120;
const COLUMNS = 100;

/** The call tree. */
export const calls = defineTool({
  name: 'calls',
  title: 'Call tree',
  description:
    'Which functions called which, with how often and the steps spent in each; calls of one function from one place are one line. For the stack at a moment use where.',
  input: {
    depth: count(30, 4, 'Calls deep'),
    min_steps: z
      .number()
      .int()
      .min(1)
      .default(1)
      .describe('Leave out functions with fewer steps, callees included.'),
  },
  run({ depth, min_steps: least }, trace) {
    const roots = keep(trace.callTree(depth - 1), least);
    const { lines, further } = firstLines(
      [...callTreeLines(roots, trace.stepCount, PLAIN, COLUMNS)],
      MOST_LINES,
    );
    return {
      tree: lines,
      more: further === 0 ? undefined : `${further} lines more: raise min_steps, or lower depth`,
    };
  },
});

function keep(nodes: readonly CallNode[], least: number): CallNode[] {
  return nodes
    .filter(({ totalSteps }) => totalSteps >= least)
    .map((node) => ({ ...node, children: keep(node.children, least) }));
}
