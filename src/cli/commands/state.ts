import type { Command } from '../command.js';
import { toJson } from '../../base/json.js';
import { stateJson, stateLines, type MemoryView } from '../../report/state.js';
import { parseMemoryArgument, parsePhysicalArgument } from '../../query/places/memory.js';
import { single } from '../arguments/numbers.js';
import {
  formatOption,
  syntaxOption,
  TEXT_OR_JSON,
  traceArgument,
  textOption,
} from '../arguments/options.js';
import { parseStepPosition } from '../../query/places/place.js';
import { chooseSyntax, type Syntax } from '../../trace/read/syntax.js';

interface StateArguments {
  readonly trace: string;
  readonly at: string;
  readonly memory: readonly string[];
  readonly 'memory-physical': readonly string[];
  readonly all: boolean;
  readonly format: (typeof TEXT_OR_JSON)[number];
  readonly syntax: Syntax;
}

/** `kvmtrace state`. */
export const state: Command<StateArguments> = {
  usage: 'state <trace>',
  summary: 'Show registers and memory as they were just before a step',
  examples: [
    ['$0 state t.db --at 1000', 'Registers of state 1000'],
    ['$0 state t.db --at main:3', 'Registers as main is entered for the third time'],
    ['$0 state t.db --at -1 --memory rsp:64', 'The end, with the top of the stack'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option(
        'at',
        textOption(
          'The state: just before this step, or PLACE[:N], its Nth execution; -1: the last',
          { demandOption: true },
        ),
      )
      .option('memory', {
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
        defaultDescription: 'none',
        describe: 'ADDRESS:LENGTH of linear memory to show; a register or symbol will do',
      })
      .option('memory-physical', {
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
        defaultDescription: 'none',
        describe: 'ADDRESS:LENGTH of guest-physical memory to show',
      })
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'Show every register that is recorded',
      })
      .option('syntax', syntaxOption)
      .option('format', formatOption),
  async run(args, { out, style }) {
    const { Trace } = await import('../../query/trace.js');
    await chooseSyntax(args.syntax);
    using trace = Trace.open(single(args.trace, 'the trace'));
    const at = parseStepPosition(single(args.at, '--at'), '--at', trace.stepCount + 1, trace);
    const found = trace.state(at);
    const memory: MemoryView[] = [
      ...args.memory.map((text) => {
        const { address, length } = parseMemoryArgument(text, '--memory', trace, found);
        return { physical: false, length, read: found.readVirtual(address, length) };
      }),
      ...args['memory-physical'].map((text) => {
        const { gpa, length } = parsePhysicalArgument(text, '--memory-physical', trace, found);
        return { physical: true, length, read: found.readPhysical(gpa, length) };
      }),
    ];
    const view = { trace, state: found, memory, all: args.all };
    if (args.format === 'json') await out.line(toJson(stateJson(view), 2));
    else for (const line of stateLines(view, style)) await out.line(line);
    return 0;
  },
};
