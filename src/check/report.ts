/** The results of a suite in the formats that CI knows. */
import { relative } from 'node:path';
import { count } from '../diff/format.js';
import { githubAnnotation } from '../diff/report/github.js';
import type { Json } from '../diff/report/json.js';
import { junitXml } from '../diff/report/junit.js';
import { safe } from '../diff/report/layout.js';
import { sarifReport } from '../diff/report/sarif.js';
import type { Finding } from '../diff/report/finding.js';
import type { CaseResult } from './run-case.js';

export const CHECK_FORMAT = 'kvmtrace-check';
export const CHECK_VERSION = 1;

/** `ok      sum (1517 steps, 0.4 s)`, and what is wrong below it. */
export function caseLines({
  manifest,
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
  const facts = [steps === undefined ? [] : count(steps, 'step'), `${seconds.toFixed(1)} s`]
    .flat()
    .join(', ');
  const head = `${mark.padEnd(8)}${safe(manifest.name)} (${facts})`;
  const quiet = status === 'passed' || status === 'unchanged';
  return [
    quiet ? head : `${head}: ${safe(message)}`,
    ...details.map((line) => `    ${line}`.trimEnd()),
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

export function suiteJson(
  path: string,
  results: readonly CaseResult[],
): { readonly [key: string]: Json } {
  return {
    format: CHECK_FORMAT,
    version: CHECK_VERSION,
    suite: path,
    passed: results.every(({ exitCode }) => exitCode === 0),
    cases: results.map((result) => ({
      name: result.manifest.name,
      manifest: result.manifest.path,
      status: result.status,
      message: result.message,
      steps: result.steps ?? null,
      seconds: result.seconds,
      details: result.details,
    })),
  };
}

export function suiteJunit(path: string, results: readonly CaseResult[]): string {
  return junitXml(
    `kvmtrace check ${path}`,
    results.map(({ manifest, status, message, details, seconds }) => {
      const told = { message, text: [message, ...details].join('\n') };
      return {
        ...{ name: manifest.name, className: 'kvmtrace.check', seconds, file: manifest.path },
        failure: status === 'failed' ? told : undefined,
        error: status === 'error' ? told : undefined,
      };
    }),
  );
}

export function suiteSarif(results: readonly CaseResult[]): Json {
  return sarifReport(
    results.flatMap((result) =>
      findingsOf(result).map((finding) => ({ ...finding, artifact: fileOf(result) })),
    ),
  );
}

export function suiteAnnotations(results: readonly CaseResult[]): string {
  return results
    .flatMap((result) => findingsOf(result).map((each) => githubAnnotation(each, fileOf(result))))
    .join('\n');
}

/** A table of the cases, and the report of each that failed, folded. */
export function suiteMarkdown(results: readonly CaseResult[]): string {
  const good = results.every(({ exitCode }) => exitCode === 0);
  const bad = results.filter(({ exitCode }) => exitCode !== 0);
  return [
    `### ${good ? '✅' : '❌'} kvmtrace check: ${summaryLine(results)}`,
    ...(bad.length === 0 ? [] : ['', '| case | what |', '| --- | --- |']),
    ...bad.map(({ manifest, message }) => `| ${cell(manifest.name)} | ${cell(message)} |`),
    ...bad.flatMap(({ manifest, details }) =>
      details.length === 0
        ? []
        : [
            '',
            `<details><summary>${cell(manifest.name)}</summary>`,
            '',
            '```',
            ...details,
            '```',
            '',
            '</details>',
          ],
    ),
  ].join('\n');
}

function cell(text: string): string {
  return safe(text).replaceAll(/[\\`*_<>#|[\]]/g, (character) => `\\${character}`);
}

function findingsOf({ status, message, findings, manifest }: CaseResult): readonly Finding[] {
  if (status === 'failed' && findings.some(({ level }) => level === 'error')) return findings;
  if (status !== 'failed' && status !== 'error') return [];
  const subject = manifest.name;
  return [
    { rule: 'divergence', level: 'error', message, address: undefined, subject },
    ...findings,
  ];
}

/** Relative to the working directory, which in CI is the repository. */
function fileOf({ manifest }: CaseResult): string {
  return relative(process.cwd(), manifest.path);
}
