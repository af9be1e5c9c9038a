import type { CallNode } from '../../query/call-tree.js';
import type { Command } from '../command.js';
import { callStackLines, stackFrameJson, stackFrames } from '../../report/call-stack.js';
import { callNodeJson, callTreeLines } from '../../report/call-tree.js';
import { toJson } from '../../base/json.js';
import { noteMissingIndex } from '../terminal/index-note.js';
import { parseCount, single } from '../arguments/numbers.js';
import { formatOption, TEXT_OR_JSON, traceArgument, textOption } from '../arguments/options.js';
import { parseStepPosition } from '../../query/places/place.js';

interface CallsArguments {
  readonly trace: string;
  readonly at: string | undefined;
  readonly depth: string | undefined;
  readonly 'min-steps': string;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

const DEFAULT_DEPTH = 5;
/** Deeper trees are for programs that eat JSON recursively: none of them likes thousands of levels. */
const MAX_DEPTH = 500;

/** `kvmtrace calls`. */
export const calls: Command<CallsArguments> = {
  usage: 'calls <trace>',
  summary: 'Show which functions called which, with the steps spent in each',
  examples: [
    ['$0 calls t.db --depth 3', 'The tree, three calls deep'],
    ['$0 calls t.db --at 1000', 'The call stack of state 1000'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option(
        'at',
        textOption(
          'Show the call stack of this state instead, or of PLACE[:N], its Nth execution; -1: the last',
        ),
      )
      .option(
        'depth',
        textOption('How deep to show calls (5); of a stack, how many of the innermost (all)'),
      )
      .option(
        'min-steps',
        textOption('Leave out functions with fewer steps, callees included', { default: '1' }),
      )
      .option('format', formatOption),
  async run(args, { out, style, columns }) {
    const { Trace } = await import('../../query/trace.js');
    const depth =
      args.depth === undefined ? undefined : parseCount(single(args.depth, '--depth'), '--depth');
    const minSteps = parseCount(single(args['min-steps'], '--min-steps'), '--min-steps');
    using trace = Trace.open(single(args.trace, 'the trace'));
    const at =
      args.at === undefined
        ? undefined
        : parseStepPosition(single(args.at, '--at'), '--at', trace.stepCount + 1, trace);
    noteMissingIndex(trace);
    if (at !== undefined) {
      const stack = stackFrames(trace, at, depth ?? Infinity);
      if (args.format === 'json') {
        await out.line(
          toJson({ state: at, stack: stack.map((frame) => stackFrameJson(trace, frame)) }, 2),
        );
      } else {
        for (const line of callStackLines(trace, stack, style)) await out.line(line);
      }
      return 0;
    }
    const roots = keep(trace.callTree(Math.min(depth ?? DEFAULT_DEPTH, MAX_DEPTH) - 1), minSteps);
    if (args.format === 'json') {
      await out.line(toJson({ steps: trace.stepCount, calls: roots.map(callNodeJson) }, 2));
    } else {
      for (const line of callTreeLines(roots, trace.stepCount, style, columns)) {
        await out.line(line);
      }
    }
    return 0;
  },
};

function keep(nodes: readonly CallNode[], minSteps: number): CallNode[] {
  return nodes
    .filter(({ totalSteps }) => totalSteps >= minSteps)
    .map((node) => ({ ...node, children: keep(node.children, minSteps) }));
}
