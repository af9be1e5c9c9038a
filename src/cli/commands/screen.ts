import { toJson } from '../../base/json.js';
import { parseStepPosition } from '../../query/places/place.js';
import { screenLines } from '../../report/screen.js';
import { screenOf } from '../../views/screen.js';
import { single } from '../arguments/numbers.js';
import { formatOption, TEXT_OR_JSON, traceArgument } from '../arguments/options.js';
import type { Command } from '../command.js';

interface ScreenArguments {
  readonly trace: string;
  readonly at: string;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

/** `kvmtrace screen`. */
export const screen: Command<ScreenArguments> = {
  usage: 'screen <trace>',
  summary: 'Show the text screen of a PC as it was just before a step',
  examples: [
    ['$0 screen t.db', 'What is on the screen at the end'],
    ['$0 screen t.db --at 100000 --format json', 'Characters and attributes of state 100000'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option('at', {
        type: 'string',
        requiresArg: true,
        default: '-1',
        describe: 'The state: just before this step, or PLACE[:N], its Nth execution; -1: the last',
      })
      .option('format', formatOption),
  async run(args, { out }) {
    const { Trace } = await import('../../query/trace.js');
    using trace = Trace.open(single(args.trace, 'the trace'));
    const at = parseStepPosition(single(args.at, '--at'), '--at', trace.stepCount + 1, trace);
    const found = screenOf(trace.state(at));
    if (args.format === 'json') await out.line(toJson({ ...found }, 2));
    else for (const line of screenLines(found)) await out.line(line);
    return 0;
  },
};
