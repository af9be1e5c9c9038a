/** `check merge`: the reports of a suite's shards as one. */
import { inputError } from '../../base/errors.js';
import type { Context } from '../command.js';
import { CheckReports, type CheckFormat, type ReportArguments } from './check-reports.js';

interface MergeArguments extends ReportArguments {
  readonly format: CheckFormat;
  readonly shard: string | undefined;
  readonly update: boolean;
}

/** The exit code is what the whole suite's would have been. */
export async function mergeShards(
  args: MergeArguments,
  paths: readonly string[],
  { out }: Context,
): Promise<number> {
  if (args.shard !== undefined || args.update) {
    throw inputError('check merge only joins reports: leave out --shard and --update.');
  }
  const [{ mergeReports }, { suiteExitCode }, { caseLines }] = await Promise.all([
    import('../../check/merge.js'),
    import('../../check/suite.js'),
    import('../../check/report.js'),
  ]);
  const { suite, results } = mergeReports(paths);
  const reports = new CheckReports(args, args.format);
  if (args.format === 'text') {
    for (const result of results) for (const line of caseLines(result)) await out.line(line);
  }
  await reports.tell({ suite, results }, out);
  return suiteExitCode(results);
}
