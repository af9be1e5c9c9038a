import { inputError } from '../../errors.js';
import type { Trace } from '../../replay/trace.js';
import type { WhyTarget } from '../../replay/why/target.js';
import type { Command } from '../command.js';
import { toJson } from '../format/json.js';
import { whyJson, whyLines } from '../format/why-tree.js';
import { parseMemoryArgument } from '../memory-argument.js';
import { parseCount, parsePosition, single } from '../numbers.js';
import { formatOption, TEXT_OR_JSON, traceArgument } from '../options.js';

interface WhyArguments {
  readonly trace: string;
  readonly what: string;
  readonly at: string;
  readonly depth: string;
  readonly links: string;
  readonly addresses: boolean;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

const DEFAULT_LENGTH = 8;
/** Each level is a call of a function or two here: far below what the stack holds. */
const MAX_DEPTH = 500;
const MAX_LINKS = 100_000;

export const why: Command<WhyArguments> = {
  usage: 'why <trace> <what>',
  summary: 'Tell where a value comes from: the steps that made it, back to constants and inputs',
  examples: [
    ['$0 why t.db --at 1000 rax', 'Where rax of state 1000 comes from'],
    ['$0 why t.db --at -1 "[rsp+8]:4"', 'Where four bytes of the stack come from'],
    ['$0 why t.db --at 1000 zf --depth 2', 'What decided a branch'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .positional('what', {
        type: 'string',
        demandOption: true,
        describe:
          'A register (rax, al, xmm0), a flag (zf), or memory: [address] or [address]:bytes',
      })
      .option('at', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'The state that has the value: just before this step; -1: the last state',
      })
      .option('depth', {
        type: 'string',
        requiresArg: true,
        default: '6',
        describe: 'Links to go back',
      })
      .option('links', {
        type: 'string',
        requiresArg: true,
        default: '60',
        describe: 'Links to tell in all',
      })
      .option('addresses', {
        type: 'boolean',
        default: false,
        describe: 'Follow the registers that addresses are made of, too',
      })
      .option('format', formatOption),
  async run(args, { out, style }) {
    const { Trace } = await import('../../replay/trace.js');
    const depth = Math.min(parseCount(single(args.depth, '--depth'), '--depth'), MAX_DEPTH);
    const links = Math.min(parseCount(single(args.links, '--links'), '--links'), MAX_LINKS);
    using trace = Trace.open(single(args.trace, 'the trace'));
    const at = parsePosition(single(args.at, '--at'), '--at', trace.stepCount + 1);
    const target = parseTarget(single(args.what, 'the value'), trace, at);
    const root = trace.why(at, target, { depth, links, addresses: args.addresses });
    if (args.format === 'json') await out.line(toJson(whyJson(root), 2));
    else for (const line of whyLines(root, style)) await out.line(line);
    return 0;
  },
};

function parseTarget(text: string, trace: Trace, at: number): WhyTarget {
  if (!text.startsWith('[')) return text;
  const { address, length } =
    /^\[(?<address>[^\]]+)\](?::(?<length>\w+))?$/.exec(text)?.groups ?? {};
  if (address === undefined) {
    throw inputError(`${text} is no memory: give it as [0x1000], [rsp+8] or [main]:4.`);
  }
  const range = `${address}:${length ?? DEFAULT_LENGTH}`;
  const found = parseMemoryArgument(range, 'why', trace, trace.state(at));
  return { gva: found.address, length: found.length };
}
