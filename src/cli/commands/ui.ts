import type { Command } from '../command.js';
import { parseListenAddress } from '../arguments/listen.js';
import { single } from '../arguments/numbers.js';
import { traceArgument } from '../arguments/options.js';
import { servePage } from '../terminal/serve-page.js';

interface UiArguments {
  readonly trace: string;
  readonly listen: string | undefined;
  readonly at: string | undefined;
  readonly open: boolean;
}

/** `kvmtrace ui`: the page on a trace. */
export const ui: Command<UiArguments> = {
  usage: 'ui <trace>',
  summary: 'Show a trace in the browser: timeline, listing, registers, memory, call stack, why',
  examples: [
    ['$0 ui t.db --open', 'Opens the browser; Ctrl-C ends it'],
    ['$0 ui t.db --at main:3', 'Prints the URL of the third time in main'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option('open', {
        type: 'boolean',
        default: false,
        describe: 'Open the page in the default browser',
      })
      .option('at', {
        type: 'string',
        requiresArg: true,
        defaultDescription: '0',
        describe: 'The state to show first, or PLACE[:N], its Nth execution; -1: the last',
      })
      .option('listen', {
        type: 'string',
        requiresArg: true,
        defaultDescription: 'any free port',
        describe: 'Port, or ADDRESS:PORT; of this machine alone unless an address is given',
      }),
  async run(args) {
    const path = single(args.trace, 'the trace');
    const { host, port } = parseListenAddress(single(args.listen ?? '0', '--listen'));
    let at = 0;
    if (args.at !== undefined) {
      const [{ Trace }, { parseStepPosition }] = await Promise.all([
        import('../../query/trace.js'),
        import('../../query/places/place.js'),
      ]);
      using trace = Trace.open(path);
      at = parseStepPosition(single(args.at, '--at'), '--at', trace.stepCount + 1, trace);
    }
    await servePage({ path, host, port, at, open: args.open });
    return 0;
  },
};
