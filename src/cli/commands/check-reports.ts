/** The reports that `check` and `check merge` print and write. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { inputError } from '../../base/errors.js';
import { toJson } from '../../base/json.js';
import type { SuitePart } from '../../check/report.js';
import type { CaseResult } from '../../check/run-case.js';
import { single } from '../arguments/numbers.js';
import type { Output } from '../terminal/output.js';

/** What `--format` takes. */
export const CHECK_FORMATS = ['text', 'json', 'markdown', 'junit', 'sarif', 'github'] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

/** Options that name files for reports. */
export const REPORT_FILES = ['json', 'junit', 'sarif', 'markdown'] as const;
type ReportFile = (typeof REPORT_FILES)[number];

/** Where the reports go, by their options. */
export type ReportArguments = Readonly<Record<ReportFile, string | undefined>>;

/** Results and what they are of. */
export interface Checked extends SuitePart {
  readonly suite: string;
  readonly results: readonly CaseResult[];
}

/** Where reports go. */
export class CheckReports {
  readonly #format: CheckFormat;
  readonly #targets: readonly (readonly [kind: ReportFile, path: string])[];

  /** @throws KvmtraceError (exit code 2) where a report cannot be written: before anything is recorded */
  constructor(args: ReportArguments, format: CheckFormat) {
    this.#format = format;
    this.#targets = REPORT_FILES.flatMap((kind) => {
      const given = args[kind];
      if (given === undefined) return [];
      const target = single(given, `--${kind}`);
      write(target, '');
      return [[kind, target] as const];
    });
  }

  /** Prints the report; of text only the last line, for cases have been told by then. */
  async tell(checked: Checked, out: Output): Promise<void> {
    const report = await import('../../check/report.js');
    if (this.#format === 'text') await out.line(report.summaryLine(checked.results));
    else await out.line(render(this.#format, checked, report));
    for (const [kind, target] of this.#targets) write(target, render(kind, checked, report));
  }
}

function render(
  format: Exclude<CheckFormat, 'text'>,
  checked: Checked,
  report: typeof import('../../check/report.js'),
): string {
  const { suite, results } = checked;
  switch (format) {
    case 'json':
      return toJson(report.suiteJson(suite, results, checked), 2);
    case 'markdown':
      return report.suiteMarkdown(results);
    case 'junit':
      return report.suiteJunit(suite, results);
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
