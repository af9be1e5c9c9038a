/** The results of a suite in the formats that CI knows. */
import { counted } from '../base/number-text.js';
import type { Jsonable } from '../base/json.js';
import { artifactPath } from '../report/artifact.js';
import { githubAnnotations } from '../report/github.js';
import { junitXml } from '../report/junit.js';
import { printable } from '../base/printable.js';
import { sarifReport } from '../report/sarif.js';
import type { ArtifactFinding } from '../views/diff/finding.js';
import { code, folded, plain, table, within } from '../report/markdown-text.js';
import type { CaseResult } from './run-case.js';
import type { Shard } from './shard.js';

/** What the JSON report calls itself in its field `format`. */
export const CHECK_FORMAT = 'kvmtrace-check';
/** Version of the JSON report; it changes when a field's meaning does. */
export const CHECK_VERSION = 1;

/** A part of a suite. */
export interface SuitePart {
  readonly shard?: Shard | undefined;
  /** Cases of the whole suite. */
  readonly total?: number | undefined;
}

/** `ok      sum (1517 steps, 0.4 s)`, and what is wrong below it. */
export function caseLines({
  name,
  status,
  message,
  details,
  steps,
  seconds,
}: CaseResult): string[] {
  const mark = {
    passed: 'ok',
    failed: 'FAILED',
    error: 'ERROR',
    updated: 'updated',
    unchanged: 'as was',
  }[status];
  const facts = [steps === undefined ? [] : counted(steps, 'step'), `${seconds.toFixed(1)} s`]
    .flat()
    .join(', ');
  const head = `${mark.padEnd(8)}${printable(name)} (${facts})`;
  const quiet = status === 'passed' || status === 'unchanged';
  return [
    quiet ? head : `${head}: ${printable(message)}`,
    ...details.map((line) => `    ${printable(line)}`.trimEnd()),
  ];
}

/** `7 passed, 1 failed`. */
export function summaryLine(results: readonly CaseResult[]): string {
  const of = (...status: CaseResult['status'][]): number =>
    results.filter((result) => status.includes(result.status)).length;
  const parts = [
    [of('passed'), 'passed'],
    [of('failed'), 'failed'],
    [of('error'), 'could not be checked'],
    [of('updated'), 'updated'],
    [of('unchanged'), 'as they were'],
  ] as const;
  return parts
    .flatMap(([n, what]) => (n > 0 || what === 'passed' ? [`${n} ${what}`] : []))
    .join(', ');
}

/**
 * Everything that is known of the results: what `check merge` makes the report of a whole suite from.
 *
 * @param part which part of the suite it is, and how many cases the whole has; default: the whole
 */
export function suiteJson(
  path: string,
  results: readonly CaseResult[],
  { shard, total = results.length }: SuitePart = {},
): { readonly [key: string]: Jsonable } {
  return {
    format: CHECK_FORMAT,
    version: CHECK_VERSION,
    suite: path,
    shard: shard === undefined ? null : { index: shard.index, count: shard.count },
    total,
    passed: results.every(({ exitCode }) => exitCode === 0),
    cases: results.map((result) => ({
      name: result.name,
      manifest: result.path,
      status: result.status,
      message: result.message,
      steps: result.steps ?? null,
      seconds: result.seconds,
      details: result.details,
      exit_code: result.exitCode,
      findings: result.findings.map(({ rule, level, message, address, subject }) => ({
        ...{ rule, level, message, address: address ?? null, subject },
      })),
    })),
  };
}

/** The suite as JUnit XML: a test case for each case, failures and errors apart. */
export function suiteJunit(path: string, results: readonly CaseResult[]): string {
  return junitXml(
    `kvmtrace check ${path}`,
    results.map(({ name, path: manifest, status, message, details, seconds }) => {
      const told = { message, text: [message, `(${manifest})`, ...details].join('\n') };
      return {
        ...{ name, className: 'kvmtrace.check', seconds },
        failure: status === 'failed' ? told : undefined,
        error: status === 'error' ? told : undefined,
      };
    }),
  );
}

/** The findings of all cases as one SARIF log. */
export function suiteSarif(results: readonly CaseResult[]): Jsonable {
  return sarifReport(results.flatMap(findingsOf));
}

/** The findings of all cases as annotations of a GitHub workflow, a line each. */
export function suiteAnnotations(results: readonly CaseResult[]): string {
  return githubAnnotations(results.flatMap(findingsOf)).join('\n');
}

/** A table of the cases that are not well, and the report of each, folded. */
export function suiteMarkdown(results: readonly CaseResult[]): string {
  const bad = results.filter(({ exitCode }) => exitCode !== 0);
  const head = `### ${bad.length === 0 ? '✅' : '❌'} kvmtrace check: ${summaryLine(results)}`;
  if (bad.length === 0) return head;
  const [columns, line, ...rows] = table(
    ['case', 'what'],
    bad.map(({ name, message }) => [code(name), plain(message)]),
  );
  return within([
    [head, '', columns!, line!],
    ...rows.map((row) => [row]),
    ...bad
      .filter(({ details }) => details.length > 0)
      .map(({ name, details }) => folded(code(name), details)),
  ]);
}

function findingsOf({ name, path, findings }: CaseResult): ArtifactFinding[] {
  const artifact = artifactPath(path);
  return findings.map((finding) => ({
    ...finding,
    message: `${name}: ${finding.message}`,
    artifact,
  }));
}
