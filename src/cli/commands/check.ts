import { availableParallelism } from 'node:os';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { inputError } from '../../base/errors.js';
import type { CaseResult } from '../../check/run-case.js';
import type { Command } from '../command.js';
import { toJson } from '../../base/json.js';
import { printable } from '../../base/printable.js';
import type { HostKind } from '../../kvm/host/host.js';
import { decide, HOST_OPTIONS, type Decided, type HostArguments } from '../arguments/host.js';
import { EXIT_INTERRUPTED } from '../exit-codes.js';
import { PROGRAM } from '../program-path.js';
import { parseCount, single } from '../arguments/numbers.js';
import { abortOnSignals } from '../terminal/signals.js';

const FORMATS = ['text', 'json', 'markdown', 'junit', 'sarif', 'github'] as const;

interface CheckArguments extends HostArguments {
  readonly suite: string;
  readonly update: boolean;
  readonly jobs: string | undefined;
  readonly keep: string | undefined;
  readonly junit: string | undefined;
  readonly sarif: string | undefined;
  readonly markdown: string | undefined;
  readonly format: (typeof FORMATS)[number];
}

export const check: Command<CheckArguments> = {
  usage: 'check <suite>',
  summary: "Record a suite's guests again and compare them with their golden traces",
  examples: [
    ['$0 check traces', 'Every case below traces/; docs/ci.md describes manifests'],
    ['$0 check traces --update', 'Accept what differs: renew the golden traces'],
    ['$0 check traces --jobs 4 --junit report.xml', 'For CI'],
  ],
  options: (yargs) => {
    const file = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;
    return yargs
      .options(HOST_OPTIONS)
      .positional('suite', {
        type: 'string',
        demandOption: true,
        describe: 'A directory of manifests, or one manifest',
      })
      .option('update', { type: 'boolean', default: false, describe: 'Renew the golden traces' })
      .option('jobs', {
        ...file('Cases at a time'),
        defaultDescription: 'one per processor; on the emulated host one per two',
      })
      .option('keep', file('Directory for the traces of cases that fail'))
      .option('junit', file('Also write a JUnit report to this file'))
      .option('sarif', file('Also write a SARIF report to this file'))
      .option('markdown', file('Also write a Markdown report to this file'))
      .option('format', {
        type: 'string',
        choices: FORMATS,
        default: 'text',
        describe: 'How to print',
      } as const);
  },
  async run(args, { out }) {
    const [{ runSuite, suiteExitCode }, { findManifests }, report] = await Promise.all([
      import('../../check/suite.js'),
      import('../../check/find.js'),
      import('../../check/report.js'),
    ]);
    const path = single(args.suite, 'the suite');
    const { update, keep, format } = args;
    const targets = reportTargets(args);
    // What is wrong with the suite is said before who would run it.
    findManifests(path);
    const decided = await decide(args);
    const jobs =
      args.jobs === undefined
        ? defaultJobs(decided.kind)
        : parseCount(single(args.jobs, '--jobs'), '--jobs');
    const signals = abortOnSignals();
    const { signal } = signals;
    const results = await runSuite(path, {
      ...{ update, keep: keep === undefined ? undefined : single(keep, '--keep'), jobs, signal },
      host: hostParameters(args, decided),
      program: PROGRAM,
      // Found out once, not by every case's recorder.
      machineProblem: decided.problem,
      onResult: async (result) => {
        // Said once below.
        if (format !== 'text' || result.message === decided.problem) return;
        for (const line of report.caseLines(result)) await out.line(line);
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
    if (format === 'text') await out.line(report.summaryLine(results));
    else await out.line(render(format, path, results, report));
    for (const [kind, target] of targets) write(target, render(kind, path, results, report));
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

const REPORTS = ['junit', 'sarif', 'markdown'] as const;

/** Where the reports go. That they can be written is found out before anything is recorded. */
function reportTargets(args: CheckArguments): [(typeof REPORTS)[number], string][] {
  return REPORTS.flatMap((kind): [(typeof REPORTS)[number], string][] => {
    const given = args[kind];
    if (given === undefined) return [];
    const target = single(given, `--${kind}`);
    write(target, '');
    return [[kind, target]];
  });
}

function render(
  format: Exclude<(typeof FORMATS)[number], 'text'>,
  path: string,
  results: readonly CaseResult[],
  report: typeof import('../../check/report.js'),
): string {
  switch (format) {
    case 'json':
      return toJson(report.suiteJson(path, results), 2);
    case 'markdown':
      return report.suiteMarkdown(results);
    case 'junit':
      return report.suiteJunit(path, results);
    case 'sarif':
      return toJson(report.suiteSarif(results), 2);
    case 'github':
      return report.suiteAnnotations(results);
  }
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, text === '' ? '' : `${text}\n`);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw inputError(`the report ${path} cannot be written (${code}): give another path.`, error);
  }
}
