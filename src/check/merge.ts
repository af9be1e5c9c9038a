/** Reports of a suite's shards, joined into the report of the whole. */
import type { SchemaObject } from 'ajv';
import { readFileSync } from 'node:fs';
import { inputError, KvmtraceError } from '../base/errors.js';
import { RULES, type Finding } from '../views/diff/finding.js';
import { CASE_STATUSES } from './outcome.js';
import { CHECK_FORMAT, CHECK_VERSION } from './report.js';
import type { CaseResult } from './run-case.js';
import { object, oneOf, checker } from './schema.js';
import type { Shard } from './shard.js';

const LEVELS = ['error', 'warning', 'note'] as const;

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

const TEXT = { type: 'string', description: 'text' };
const NATURAL = { type: 'integer', minimum: 0, description: 'an integer' };
const POSITIVE = { type: 'integer', minimum: 1, description: 'an integer above 0' };
/** A number, or decimal text where that would not be exact. */
const ADDRESS = {
  type: ['integer', 'string', 'null'],
  minimum: 0,
  pattern: '^\\d{1,20}$',
  description: 'an address',
};

/** A report as it stands in its file; fields that are not named here are not read. */
interface ReportDocument {
  readonly suite: string;
  readonly shard: Shard | null;
  readonly total: number;
  readonly cases: readonly (Pick<
    CaseResult,
    'name' | 'status' | 'message' | 'seconds' | 'details'
  > & {
    readonly exit_code: CaseResult['exitCode'];
    readonly manifest: string;
    readonly steps: number | null;
    readonly findings: readonly (Omit<Finding, 'address'> & {
      readonly address: number | string | null;
    })[];
  })[];
}

const check = checker(
  'it',
  whole({
    format: oneOf([CHECK_FORMAT]),
    version: { const: CHECK_VERSION, description: String(CHECK_VERSION) },
    suite: TEXT,
    shard: {
      description: 'a number and how many there are',
      anyOf: [{ type: 'null' }, whole({ index: POSITIVE, count: POSITIVE })],
    },
    total: NATURAL,
    cases: list(
      whole({
        exit_code: { enum: [0, 1, 2, 3], description: '0 to 3' },
        ...{ name: TEXT, manifest: TEXT, status: oneOf(CASE_STATUSES), message: TEXT },
        steps: { ...NATURAL, type: ['integer', 'null'] },
        seconds: { type: 'number', minimum: 0, description: 'a number' },
        details: list(TEXT),
        findings: list(
          whole({
            ...{ rule: oneOf(Object.keys(RULES)), level: oneOf(LEVELS), message: TEXT },
            ...{ address: ADDRESS, subject: TEXT },
          }),
        ),
      }),
    ),
  }),
);

/** An object that has all of these fields, and may have others. */
function whole(properties: Readonly<Record<string, SchemaObject>>): SchemaObject {
  return { ...object(properties, Object.keys(properties)), additionalProperties: true };
}

function list(items: SchemaObject): SchemaObject {
  return { type: 'array', description: 'a list', items };
}

function decode(path: string, document: unknown): SuiteReport {
  check(document);
  const { suite, shard, total, cases } = document as ReportDocument;
  if (shard !== null && shard.index > shard.count) {
    throw inputError(
      `shard is ${JSON.stringify(shard)}, and should be a number and how many there are.`,
    );
  }
  return {
    ...{ path, suite, shard: shard ?? undefined, total },
    results: cases.map(({ exit_code: exitCode, manifest, steps, findings, ...same }) => ({
      ...{ name: same.name, path: manifest, status: same.status, message: same.message },
      ...{ steps: steps ?? undefined, seconds: same.seconds, details: same.details },
      findings: findings.map(({ rule, level, message, address, subject }) => ({
        ...{ rule, level, message, subject },
        address: address === null ? undefined : BigInt.asUintN(64, BigInt(address)),
      })),
      exitCode,
    })),
  };
}
