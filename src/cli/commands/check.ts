import { availableParallelism } from 'node:os';
import { existsSync } from 'node:fs';
import { inputError } from '../../base/errors.js';
import type { Command } from '../command.js';
import { printable } from '../../base/printable.js';
import type { HostKind } from '../../kvm/host/host.js';
import { textOption } from '../arguments/options.js';
import { decide, HOST_OPTIONS, type Decided, type HostArguments } from '../arguments/host.js';
import { EXIT_INTERRUPTED } from '../exit-codes.js';
import { PROGRAM } from '../program-path.js';
import { parseCount, single } from '../arguments/numbers.js';
import {
  CHECK_FORMATS,
  CheckReports,
  type CheckFormat,
  type ReportArguments,
} from './check-reports.js';
import { abortOnSignals } from '../terminal/signals.js';

/** In place of a suite: join reports instead. A suite of this name is ./merge. */
const MERGE = 'merge';

interface CheckArguments extends HostArguments, ReportArguments {
  readonly suite: string;
  readonly reports: readonly string[] | undefined;
  readonly update: boolean;
  readonly jobs: string | undefined;
  readonly shard: string | undefined;
  readonly keep: string | undefined;
  readonly format: CheckFormat;
}

/** `kvmtrace check`. */
export const check: Command<CheckArguments> = {
  usage: 'check <suite> [reports..]',
  summary: "Record a suite's guests again and compare them with their golden traces",
  examples: [
    ['$0 check traces', 'Every case below traces/; docs/ci.md describes manifests'],
    ['$0 check traces --update', 'Accept what differs: renew the golden traces'],
    ['$0 check traces --jobs 4 --junit report.xml', 'For CI'],
    [
      '$0 check traces --shard 2/4 --json 2.json',
      'The second of four parts, for one of four machines',
    ],
    ['$0 check merge 1.json 2.json 3.json 4.json', 'One report of all parts, and its exit code'],
  ],
  options: (yargs) =>
    yargs
      .options(HOST_OPTIONS)
      .positional('suite', {
        type: 'string',
        demandOption: true,
        describe: 'A directory of manifests, or one manifest; merge: join the reports of shards',
      })
      .positional('reports', {
        type: 'string',
        array: true,
        describe: 'Of merge: what check --shard --json wrote',
      })
      .option('update', { type: 'boolean', default: false, describe: 'Renew the golden traces' })
      .option(
        'jobs',
        textOption('Cases at a time', {
          defaultDescription: 'one per processor; on the emulated host one per two',
        }),
      )
      .option('shard', textOption('Only a part of the cases: 2/4 is the second of four'))
      .option('keep', textOption('Directory for the traces of cases that fail'))
      .option('json', textOption('Also write a JSON report to this file, for check merge'))
      .option('junit', textOption('Also write a JUnit report to this file'))
      .option('sarif', textOption('Also write a SARIF report to this file'))
      .option('markdown', textOption('Also write a Markdown report to this file'))
      .option('format', {
        type: 'string',
        choices: CHECK_FORMATS,
        default: 'text',
        describe: 'How to print',
      } as const),
  async run(args, context) {
    const { out } = context;
    const reportPaths = args.reports ?? [];
    if (
      single(args.suite, 'the suite') === MERGE &&
      (reportPaths.length > 0 || !existsSync(MERGE))
    ) {
      const { mergeShards } = await import('./check-merge.js');
      return mergeShards(args, reportPaths, context);
    }
    if (reportPaths.length > 0) {
      throw inputError(
        `check takes one suite, and ${reportPaths[0]!} is one too many: give a directory that has both, or check merge for reports.`,
      );
    }
    const [{ runSuite, suiteExitCode }, { findManifests }, { caseLines }, { parseShard }] =
      await Promise.all([
        import('../../check/suite.js'),
        import('../../check/find.js'),
        import('../../check/report.js'),
        import('../../check/shard.js'),
      ]);
    const path = single(args.suite, 'the suite');
    const { update, keep, format } = args;
    const reports = new CheckReports(args, format);
    const shard =
      args.shard === undefined ? undefined : parseShard(single(args.shard, '--shard'), '--shard');
    // What is wrong with the suite is said before who would run it.
    findManifests(path);
    const decided = await decide(args);
    const jobs =
      args.jobs === undefined
        ? defaultJobs(decided.kind)
        : parseCount(single(args.jobs, '--jobs'), '--jobs');
    const signals = abortOnSignals();
    const { signal } = signals;
    let total = 0;
    const results = await runSuite(path, {
      shard,
      onCount: (count) => {
        total = count;
      },
      ...{ update, keep: keep === undefined ? undefined : single(keep, '--keep'), jobs, signal },
      host: hostParameters(args, decided),
      program: PROGRAM,
      // Found out once, not by every case's recorder.
      machineProblem: decided.problem,
      onResult: async (result) => {
        // Said once below.
        if (format !== 'text' || result.message === decided.problem) return;
        for (const line of caseLines(result)) await out.line(line);
        await out.flush();
      },
      onLeftOut: (count) => {
        const [what, verb] = count === 1 ? ['file', 'names'] : ['files', 'name'];
        process.stderr.write(
          `kvmtrace: left out ${count} JSON or YAML ${what} that ${verb} no guest and so ${count === 1 ? 'is no manifest' : 'are no manifests'}.\n`,
        );
      },
    });
    signals.stop();
    if (decided.problem !== undefined)
      process.stderr.write(`kvmtrace: ${printable(decided.problem)}\n`);
    await reports.tell({ suite: path, results, shard, total }, out);
    return signal.aborted ? EXIT_INTERRUPTED : suiteExitCode(results);
  },
};

/** The emulated host keeps two processors busy: QEMU and the recorder. */
function defaultJobs(kind: HostKind): number {
  const processors = availableParallelism();
  return kind === 'kvm' ? processors : Math.max(1, Math.floor(processors / 2));
}

/** Decided once for all cases. */
function hostParameters({ device }: HostArguments, { kind }: Decided): string[] {
  return device === undefined ? [`--host=${kind}`] : ['--device', single(device, '--device')];
}
