/** Reports of a suite's shards, joined into the report of the whole. */
import { readFileSync } from 'node:fs';
import { inputError, KvmtraceError } from '../base/errors.js';
import { RULES, type Finding, type RuleId } from '../views/diff/finding.js';
import { ManifestFields, type Fields } from './manifest-fields.js';
import { CASE_STATUSES } from './outcome.js';
import { CHECK_FORMAT, CHECK_VERSION } from './report.js';
import type { CaseResult } from './run-case.js';
import type { Shard } from './shard.js';

const LEVELS = ['error', 'warning', 'note'] as const;
const EXIT_CODES = [0, 1, 2, 3] as const;

/** What `check --json` wrote. */
export interface SuiteReport {
  /** Of the report, for messages. */
  readonly path: string;
  readonly suite: string;
  /** Undefined where the whole suite was run at once. */
  readonly shard: Shard | undefined;
  /** Cases of the suite, in all shards. */
  readonly total: number;
  readonly results: readonly CaseResult[];
}

/** A whole suite's results. */
export interface MergedSuite {
  readonly suite: string;
  /** By name, as a run of the whole suite has them. */
  readonly results: readonly CaseResult[];
}

/**
 * Joins the reports of all shards.
 *
 * @throws KvmtraceError (exit code 2) where a shard is missing or there twice, or they are not of one suite
 */
export function mergeReports(paths: readonly string[]): MergedSuite {
  const reports = paths.map(readReport);
  const [first] = reports;
  if (first === undefined) {
    throw inputError('there is no report to merge: give those that check --shard --json wrote.');
  }
  const count = first.shard?.count ?? 1;
  const byIndex = new Map<number, SuiteReport>();
  for (const report of reports) {
    const { index } = report.shard ?? { index: 1 };
    checkSame(first, report, count);
    const other = byIndex.get(index);
    if (other !== undefined) {
      throw inputError(
        `${report.path} and ${other.path} are both of shard ${index}/${count}: give one.`,
      );
    }
    byIndex.set(index, report);
  }
  for (let index = 1; index <= count; index++) {
    if (!byIndex.has(index)) {
      throw inputError(
        `shard ${index}/${count} of ${first.suite} is missing: give its report, too.`,
      );
    }
  }
  return { suite: first.suite, results: allResults(first, reports) };
}

function checkSame(first: SuiteReport, report: SuiteReport, count: number): void {
  const differs = (what: string): KvmtraceError =>
    inputError(
      `${report.path} is of ${what} than ${first.path}: merge the shards of one run of one suite.`,
    );
  if (report.suite !== first.suite) throw differs(`another suite (${report.suite})`);
  if ((report.shard?.count ?? 1) !== count) throw differs('another number of shards');
  if (report.total !== first.total) throw differs('a suite with another number of cases');
}

function allResults(first: SuiteReport, reports: readonly SuiteReport[]): CaseResult[] {
  const byName = new Map<string, CaseResult>();
  for (const { path, results } of reports) {
    for (const result of results) {
      if (byName.has(result.name)) {
        throw inputError(
          `${path} has the case ${result.name}, which another shard has, too: run all shards on the same suite.`,
        );
      }
      byName.set(result.name, result);
    }
  }
  if (byName.size !== first.total) {
    throw inputError(
      `the reports have ${byName.size} of the ${first.total} cases of ${first.suite}: a shard was interrupted, so run it again.`,
    );
  }
  return [...byName.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @throws KvmtraceError (exit code 2) for what `check --json` has not written */
export function readReport(path: string): SuiteReport {
  try {
    return decode(path, JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof KvmtraceError)
      throw inputError(`${path} is no report of check --json: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    const what = code === undefined ? 'is no JSON' : `cannot be read (${code})`;
    throw inputError(`${path} ${what}: give a report that check --json wrote.`, error);
  }
}

const fields = new ManifestFields();

function decode(path: string, document: unknown): SuiteReport {
  const report = fields.object(document, 'it');
  fields.oneOf(report['format'], 'format', [CHECK_FORMAT]);
  if (report['version'] !== CHECK_VERSION) {
    throw fields.wrong('version', String(CHECK_VERSION), report['version']);
  }
  const cases = list(report['cases'], 'cases');
  return {
    path,
    suite: fields.text(report['suite'], 'suite'),
    shard: report['shard'] === null ? undefined : decodeShard(report['shard']),
    total: natural(report['total'], 'total'),
    results: cases.map((each) => decodeCase(fields.object(each, 'a case'))),
  };
}

function decodeShard(value: unknown): Shard {
  const shard = fields.object(value, 'shard');
  const index = fields.positive(shard['index'], 'shard.index');
  const count = fields.positive(shard['count'], 'shard.count');
  if (!Number.isInteger(index) || !Number.isInteger(count) || index > count) {
    throw fields.wrong('shard', 'a number and how many there are', value);
  }
  return { index, count };
}

function decodeCase(value: Fields): CaseResult {
  const exitCode = EXIT_CODES.find((code) => code === value['exit_code']);
  if (exitCode === undefined) throw fields.wrong('exit_code', '0 to 3', value['exit_code']);
  const { steps } = value;
  return {
    name: fields.text(value['name'], 'name'),
    path: fields.text(value['manifest'], 'manifest'),
    status: fields.oneOf(value['status'], 'status', CASE_STATUSES),
    message: string(value['message'], 'message'),
    steps: steps === null ? undefined : natural(steps, 'steps'),
    seconds: number(value['seconds'], 'seconds'),
    details: list(value['details'], 'details').map((line) => string(line, 'details')),
    findings: list(value['findings'], 'findings').map((each) =>
      decodeFinding(fields.object(each, 'a finding')),
    ),
    exitCode,
  };
}

function decodeFinding(value: Fields): Finding {
  const { address } = value;
  return {
    rule: fields.oneOf(value['rule'], 'rule', Object.keys(RULES) as RuleId[]),
    level: fields.oneOf(value['level'], 'level', LEVELS),
    message: string(value['message'], 'message'),
    address: address === null ? undefined : addressOf(address),
    subject: string(value['subject'], 'subject'),
  };
}

/** A number, or decimal text where that would not be exact. */
function addressOf(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^\d{1,20}$/.test(value))
    return BigInt.asUintN(64, BigInt(value));
  throw fields.wrong('address', 'an address', value);
}

function list(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw fields.wrong(name, 'a list', value);
}

function string(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw fields.wrong(name, 'text', value);
}

function number(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw fields.wrong(name, 'a number', value);
}

function natural(value: unknown, name: string): number {
  const found = number(value, name);
  if (Number.isSafeInteger(found)) return found;
  throw fields.wrong(name, 'an integer', value);
}
