import type { Argv } from 'yargs';
import type { Command } from '../command.js';
import { toJson } from '../format/json.js';
import { parseCount, single } from '../numbers.js';

const FORMATS = ['text', 'json'] as const;
type Several = string | readonly string[] | undefined;

interface DiffArguments {
  readonly a: string;
  readonly b: string;
  readonly all: boolean;
  readonly follow: string | undefined;
  readonly 'ignore-register': Several;
  readonly 'ignore-memory': Several;
  readonly 'ignore-port': Several;
  readonly 'ignore-input': Several;
  readonly 'ignore-undefined-flags': boolean;
  readonly format: (typeof FORMATS)[number];
}

export const diff: Command<DiffArguments> = {
  usage: 'diff <a> <b>',
  summary: 'Tell where two executions part, and why',
  examples: [
    ['$0 diff good.db bad.db', 'The first divergence and its cause'],
    ['$0 diff good.db bad.db --all --ignore-input tsc', 'Every cause but the time'],
  ],
  options: (yargs) => diffOptions(yargs),
  async run(args, { out, style }) {
    const [{ Side }, { diffTraces }, { parseIgnoreRules }] = await Promise.all([
      import('../../diff/side.js'),
      import('../../diff/diff.js'),
      import('../../diff/ignore.js'),
    ]);
    const rules = parseIgnoreRules({
      registers: list(args['ignore-register']),
      memory: list(args['ignore-memory']),
      ports: list(args['ignore-port']),
      inputs: list(args['ignore-input']),
      undefinedFlags: args['ignore-undefined-flags'],
    });
    const follow =
      args.follow === undefined
        ? undefined
        : parseCount(single(args.follow, '--follow'), '--follow');
    using a = new Side(single(args.a, 'the first trace'));
    using b = new Side(single(args.b, 'the second trace'));
    const pair = { a, b };
    const result = diffTraces(pair, { rules, all: args.all, follow });
    if (args.format === 'json') {
      const { jsonReport } = await import('../../diff/report/json.js');
      await out.line(toJson(jsonReport(pair, result), 2));
    } else {
      const { textReport } = await import('../../diff/report/text.js');
      for (const line of textReport(pair, result, style)) await out.line(line);
    }
    return result.same ? 0 : 1;
  },
};

/** An option that may be given several times, or with commas. */
function list(value: Several): string[] {
  if (value === undefined) return [];
  const texts = typeof value === 'string' ? [value] : value;
  return texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
}

function diffOptions(yargs: Argv) {
  const text = (describe: string, more: { defaultDescription?: string } = {}) =>
    ({ type: 'string', requiresArg: true, describe, ...more }) as const;
  const trace = (describe: string) => ({ type: 'string', demandOption: true, describe }) as const;
  return yargs
    .positional('a', trace('The trace to compare with: the good one, the old one'))
    .positional('b', trace('The other trace'))
    .option('all', {
      type: 'boolean',
      default: false,
      describe: 'Go on after the first divergence and find every cause',
    })
    .option(
      'follow',
      text('Steps to follow the first difference on', { defaultDescription: '100000' }),
    )
    .option('ignore-register', text('Do not report this register'))
    .option('ignore-memory', text('Do not report this range: 0x1000:0x20, 0x1000-0x101f'))
    .option('ignore-port', text('Do not report this port, nor what follows from reading it'))
    .option(
      'ignore-input',
      text('Do not report what follows from tsc, cpuid, pmc, random, msr or mmio'),
    )
    .option('ignore-undefined-flags', {
      type: 'boolean',
      default: true,
      describe: 'Do not report flags that the manual leaves undefined (=false: do)',
    })
    .option('format', {
      type: 'string',
      choices: FORMATS,
      default: 'text',
      describe: 'How to print',
    } as const);
}
