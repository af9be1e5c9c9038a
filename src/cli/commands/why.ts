import { inputError } from '../../base/errors.js';
import type { Trace } from '../../query/trace.js';
import type { WhyTarget } from '../../query/why/target.js';
import type { Command } from '../command.js';
import { toJson } from '../../base/json.js';
import { whyJson, whyLines } from '../../report/why.js';
import { parseCount, single } from '../arguments/numbers.js';
import {
  formatOption,
  syntaxOption,
  TEXT_OR_JSON,
  traceArgument,
  textOption,
} from '../arguments/options.js';
import { isMemoryPlace, parseMemoryPlace, parseStepPosition } from '../../query/places/place.js';
import { chooseSyntax, type Syntax } from '../../trace/read/syntax.js';

interface WhyArguments {
  readonly trace: string;
  readonly what: string;
  readonly at: string | undefined;
  readonly depth: string;
  readonly links: string;
  readonly addresses: boolean;
  readonly format: (typeof TEXT_OR_JSON)[number];
  readonly syntax: Syntax;
}

/** `kvmtrace why`. */
export const why: Command<WhyArguments> = {
  usage: 'why <trace> <what>',
  summary: 'Tell where a value comes from: the steps that made it, back to constants and inputs',
  examples: [
    ['$0 why t.db --at 1000 rax', 'Where rax of state 1000 comes from'],
    ['$0 why t.db "[rsp+8]:4"', 'Where four bytes of the stack come from, at the end'],
    ['$0 why t.db --at 1000 zf --depth 2', 'What decided a branch'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .positional('what', {
        type: 'string',
        demandOption: true,
        describe:
          'A register (rax, al, xmm0, cs_base), a flag (zf), or memory: [address], [address]:bytes or phys:[address]:bytes',
      })
      .option(
        'at',
        textOption(
          'The state that has the value: just before this step, or PLACE[:N], its Nth execution',
          { defaultDescription: 'the end' },
        ),
      )
      .option('depth', textOption('Links to go back', { default: '6' }))
      .option('links', textOption('Links to tell in all', { default: '60' }))
      .option('addresses', {
        type: 'boolean',
        default: false,
        describe: 'Follow the registers that addresses are made of, too',
      })
      .option('syntax', syntaxOption)
      .option('format', formatOption),
  async run(args, { out, style }) {
    const { Trace } = await import('../../query/trace.js');
    await chooseSyntax(args.syntax);
    const { MAX_DEPTH, MAX_LINKS } = await import('../../query/why/why.js');
    const depth = parseLimit(args.depth, '--depth', MAX_DEPTH);
    const links = parseLimit(args.links, '--links', MAX_LINKS);
    using trace = Trace.open(single(args.trace, 'the trace'));
    const at =
      args.at === undefined
        ? trace.stepCount
        : parseStepPosition(single(args.at, '--at'), '--at', trace.stepCount + 1, trace);
    const target = parseTarget(single(args.what, 'the value'), trace, at);
    const root = trace.why(at, target, { depth, links, addresses: args.addresses });
    if (args.format === 'json') await out.line(toJson(whyJson(root), 2));
    else for (const line of whyLines(root, style)) await out.line(line);
    return 0;
  },
};

function parseLimit(text: string, option: string, most: number): number {
  const count = parseCount(single(text, option), option);
  if (count <= most) return count;
  throw inputError(`${option} ${text} is too many: give a number from 1 to ${most}.`);
}

function parseTarget(text: string, trace: Trace, at: number): WhyTarget {
  return isMemoryPlace(text) ? parseMemoryPlace(text, 'why', trace, trace.state(at)) : text;
}
