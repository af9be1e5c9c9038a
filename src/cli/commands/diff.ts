import type { Argv } from 'yargs';
import type { Command } from '../command.js';
import { DIFF_FORMATS, diffReport, type DiffFormat } from '../../report/diff/reports.js';
import { parseCount, single } from '../arguments/numbers.js';
import { listOf, type Several } from '../arguments/several.js';
import { servePage } from '../terminal/serve-page.js';

const MODES = ['auto', 'exact', 'aligned', 'both'] as const;

interface DiffArguments {
  readonly a: string;
  readonly b: string;
  readonly all: boolean;
  readonly mode: (typeof MODES)[number];
  readonly verify: boolean;
  readonly follow: string | undefined;
  readonly 'max-steps-increase': string | undefined;
  readonly function: Several;
  readonly 'ignore-register': Several;
  readonly 'ignore-memory': Several;
  readonly 'ignore-port': Several;
  readonly 'ignore-input': Several;
  readonly 'ignore-undefined-flags': boolean;
  readonly format: DiffFormat;
  readonly open: boolean;
}

/** `kvmtrace diff`. */
export const diff: Command<DiffArguments> = {
  usage: 'diff <a> <b>',
  summary: 'Tell where two executions part, and why',
  examples: [
    ['$0 diff good.db bad.db', 'The first divergence and its cause'],
    ['$0 diff good.db bad.db --all --ignore-input tsc', 'Every cause but the time'],
    ['$0 diff old.db new.db --max-steps-increase 2%', 'A gate on the cost of a change'],
    ['$0 diff good.db bad.db --open', 'Both side by side in the browser'],
  ],
  options: (yargs) => diffOptions(yargs),
  async run(args, { out, style }) {
    if (args.open) {
      const paths = {
        path: single(args.a, 'the first trace'),
        other: single(args.b, 'the second trace'),
      };
      await servePage({ ...paths, host: '127.0.0.1', port: 0, at: 0, open: true });
      return 0;
    }
    const [{ Side }, { diffTraces }, { parseIgnoreRules }, gate] = await Promise.all([
      import('../../diff/side.js'),
      import('../../diff/diff.js'),
      import('../../diff/ignore.js'),
      import('../../diff/gate.js'),
    ]);
    const { parseFunctionGates, parsePercent } = gate;
    const rules = parseIgnoreRules({
      registers: listOf(args['ignore-register']),
      memory: listOf(args['ignore-memory']),
      ports: listOf(args['ignore-port']),
      inputs: listOf(args['ignore-input']),
      undefinedFlags: args['ignore-undefined-flags'],
    });
    const follow =
      args.follow === undefined
        ? undefined
        : parseCount(single(args.follow, '--follow'), '--follow');
    const increase = args['max-steps-increase'];
    const gates = {
      steps:
        increase === undefined
          ? undefined
          : parsePercent(single(increase, '--max-steps-increase'), '--max-steps-increase'),
      functions: parseFunctionGates(listOf(args.function)),
    };
    using a = new Side(single(args.a, 'the first trace'), args.verify);
    using b = new Side(single(args.b, 'the second trace'), args.verify);
    const pair = { a, b };
    const result = diffTraces(pair, { mode: args.mode, rules, all: args.all, follow, gates });
    const report = await diffReport(pair, result, args.format, style);
    if (report !== '') await out.line(report);
    return result.passed ? 0 : 1;
  },
};

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
    .option('mode', {
      type: 'string',
      choices: MODES,
      default: 'auto',
      describe: 'Step by step (exact), across builds (aligned), both, or what the guests call for',
    } as const)
    .option('verify', {
      type: 'boolean',
      default: false,
      describe: 'Compare every row, whatever the hashes in the traces say',
    })
    .option('max-steps-increase', text('Fail only if the steps grow by more than this: 2%', {}))
    .option('function', text('Fail only if this function takes more steps: NAME=5%'))
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
    .option('open', {
      type: 'boolean',
      default: false,
      describe: 'Show both side by side in the browser instead of a report, until Ctrl-C',
    })
    .option('format', {
      type: 'string',
      choices: DIFF_FORMATS,
      default: 'text',
      describe: 'How to print',
    } as const);
}
