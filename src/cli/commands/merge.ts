import { inputError } from '../../base/errors.js';
import type { Command } from '../command.js';
import { single } from '../arguments/numbers.js';
import { expandSummary } from './expand.js';

interface MergeArguments {
  readonly log: string;
  readonly pieces: readonly string[];
  readonly output: string | undefined;
  readonly force: boolean;
}

/** `kvmtrace merge`: from pieces of a trace to the trace. */
export const merge: Command<MergeArguments> = {
  usage: 'merge <log> <pieces..>',
  summary: 'Join the pieces of expand --shard into one trace',
  examples: [['$0 merge fast.db *.piece -o t.db', 'Pieces of any machines']],
  options: (yargs) =>
    yargs
      .positional('log', {
        type: 'string',
        demandOption: true,
        describe: 'The log that they were expanded from',
      })
      .positional('pieces', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'What expand --shard wrote',
      })
      .option('output', {
        type: 'string',
        alias: 'o',
        requiresArg: true,
        describe: 'Where to write the trace',
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'Overwrite the output if it exists',
      }),
  async run(args) {
    if (args.output === undefined) throw inputError('Say with -o where to write the trace.');
    const path = single(args.log, 'the log');
    const output = single(args.output, '--output');
    const { mergePieces } = await import('../../recorder/fast/expand-log.js');
    const result = await mergePieces({ path, output, force: args.force }, args.pieces);
    process.stderr.write(`${expandSummary(result, output)}\n`);
    return 0;
  },
};
