import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { inputError } from '../../base/errors.js';
import { formatBytes } from '../../base/number-text.js';
import type { ExpandResult } from '../../recorder/fast/expand-log.js';
import type { Command } from '../command.js';
import { HOST_OPTIONS, openHost, type HostArguments } from '../arguments/host.js';
import { parseCount, single } from '../arguments/numbers.js';
import { PROGRAM } from '../program-path.js';

interface ExpandArguments extends HostArguments {
  readonly log: string;
  readonly output: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly jobs: string | undefined;
  readonly shard: string | undefined;
  readonly force: boolean;
}

/** `kvmtrace expand`: from the log of a guest that ran unstepped to a trace. */
export const expand: Command<ExpandArguments> = {
  usage: 'expand <log>',
  summary: 'Make a trace of every step from a log of record --fast',
  examples: [
    ['$0 expand fast.db -o t.db', 'All of it, on as many processors as there are'],
    ['$0 expand fast.db --shard 2/8 -o 2.piece', 'The second of eight parts, for merge'],
  ],
  options: (yargs) =>
    yargs
      .positional('log', {
        type: 'string',
        demandOption: true,
        describe: 'What record --fast wrote',
      })
      .option('output', {
        type: 'string',
        alias: 'o',
        requiresArg: true,
        describe: 'Where to write the trace, or the piece of one',
      })
      .option('from', {
        type: 'string',
        requiresArg: true,
        defaultDescription: '0',
        describe: 'The stretch between two snapshots with which to begin',
      })
      .option('to', {
        type: 'string',
        requiresArg: true,
        defaultDescription: 'the end',
        describe: 'The stretch before which to end',
      })
      .option('jobs', {
        type: 'string',
        requiresArg: true,
        defaultDescription: 'one for each processor',
        describe: 'How many processes expand at once',
      })
      .option('shard', {
        type: 'string',
        requiresArg: true,
        describe: 'Only this part, into a piece that merge joins with the others',
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'Overwrite the output if it exists',
      })
      .options(HOST_OPTIONS),
  async run(args) {
    const path = single(args.log, 'the log');
    if (args.output === undefined) throw inputError('Say with -o where to write the trace.');
    const output = single(args.output, '--output');
    const stretch = (name: 'from' | 'to'): number | undefined => {
      const text = args[name];
      if (text === undefined) return undefined;
      return text === '0' ? 0 : parseCount(single(text, `--${name}`), `--${name}`);
    };
    const range = { from: stretch('from'), to: stretch('to') };
    const { expandLog, expandShard } = await import('../../recorder/fast/expand-log.js');
    const host = await openHost(args);
    const options = { ...{ path, output, force: args.force, host }, ...range };
    let result: ExpandResult;
    if (args.shard !== undefined) {
      const { parseShard } = await import('../../check/shard.js');
      result = await expandShard(options, parseShard(single(args.shard, '--shard'), '--shard'));
    } else {
      const count =
        args.jobs === undefined
          ? availableParallelism()
          : parseCount(single(args.jobs, '--jobs'), '--jobs');
      const passed = [
        ...(['from', 'to', 'host', 'device'] as const).flatMap((name) =>
          args[name] === undefined ? [] : [`--${name}`, args[name]],
        ),
      ];
      const run = async (shard: string, piece: string): Promise<void> => {
        await runShard([path, '--shard', shard, '-o', piece, ...passed]);
      };
      result = await expandLog({ ...options, jobs: { count, run } });
    }
    process.stderr.write(`${expandSummary(result, output)}\n`);
    return 0;
  },
};

/** The last line, of `expand` and `merge`. */
export function expandSummary(result: ExpandResult, output: string): string {
  const { steps, stretches, unknownInputs, seconds, fileBytes } = result;
  const unknown =
    unknownInputs === 0
      ? ''
      : `, ${unknownInputs} results of RDTSC and the like are of the expansion`;
  return `${steps} steps of ${stretches} stretches${unknown}, ${seconds.toFixed(1)} s, ${formatBytes(fileBytes)} in ${output}`;
}

/** Expands in a process of its own. Throws a KvmtraceError with what it said. */
async function runShard(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'expand', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  const why = said
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^kvmtrace: /, '');
  throw inputError(why === undefined || why === '' ? `expand ${args.join(' ')} has failed.` : why);
}
