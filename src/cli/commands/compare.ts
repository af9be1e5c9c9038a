import type { Command } from '../command.js';
import { toJson } from '../../base/json.js';
import { parseCount, single } from '../arguments/numbers.js';
import { formatOption, TEXT_OR_JSON, textOption } from '../arguments/options.js';

interface CompareArguments {
  readonly pass: readonly string[];
  readonly fail: readonly string[];
  readonly top: string;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

/** `kvmtrace compare`. */
export const compare: Command<CompareArguments> = {
  usage: 'compare',
  summary: 'Tell what all failing runs share and no passing run has',
  examples: [
    ['$0 compare --pass a.db b.db --fail x.db y.db', 'The earliest branch, input or output first'],
  ],
  options: (yargs) => {
    const traces = (describe: string) =>
      ({ type: 'string', array: true, demandOption: true, requiresArg: true, describe }) as const;
    return yargs
      .option('pass', traces('Traces of runs that passed'))
      .option('fail', traces('Traces of runs that failed'))
      .option('top', textOption('How many of each sort to show', { default: '20' }))
      .option('format', formatOption);
  },
  async run({ pass, fail, top: topText, format }, { out, style }) {
    const [{ compareRuns }, { runsJson, runsText }] = await Promise.all([
      import('../../cohort/discriminate.js'),
      import('../../report/diff/runs.js'),
    ]);
    const top = parseCount(single(topText, '--top'), '--top');
    const comparison = compareRuns(pass, fail);
    if (format === 'json') await out.line(toJson(runsJson(comparison, top), 2));
    else for (const line of runsText(comparison, top, style)) await out.line(line);
    return comparison.found.length === 0 ? 0 : 1;
  },
};
