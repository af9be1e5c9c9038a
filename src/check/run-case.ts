/** One case: record again, compare, assert. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffTraces, type DiffResult } from '../diff/diff.js';
import { findings, type Finding } from '../diff/report/finding.js';
import { textReport } from '../diff/report/text.js';
import { hasGates } from '../diff/gate.js';
import { Side, type Pair } from '../diff/side.js';
import { KvmtraceError } from '../errors.js';
import { packTrace } from '../trace/pack/pack.js';
import type { SqlValue } from '../trace/reader/values.js';
import type { Manifest } from './manifest.js';
import { recordCase } from './record-case.js';

export type CaseStatus = 'passed' | 'failed' | 'error' | 'updated' | 'unchanged';

export interface CaseResult {
  readonly manifest: Manifest;
  readonly status: CaseStatus;
  /** One line. */
  readonly message: string;
  /** The report of the comparison, and what the assertions say. */
  readonly details: readonly string[];
  readonly findings: readonly Finding[];
  readonly steps: number | undefined;
  readonly seconds: number;
  /** 3 where the machine cannot record. */
  readonly exitCode: 0 | 1 | 2 | 3;
}

export interface CaseOptions {
  /** Renew golden traces instead of comparing. */
  readonly update: boolean;
  /** Directory for the traces of cases that fail. */
  readonly keep: string | undefined;
}

type Outcome = Omit<CaseResult, 'manifest' | 'seconds'>;

export async function runCase(manifest: Manifest, options: CaseOptions): Promise<CaseResult> {
  const start = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-check-'));
  try {
    const outcome = await attempt(manifest, options, directory);
    return { manifest, ...outcome, seconds: (performance.now() - start) / 1000 };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function attempt(
  manifest: Manifest,
  options: CaseOptions,
  directory: string,
): Promise<Outcome> {
  const trace = join(directory, `${manifest.name}.db`);
  if (!options.update && !existsSync(manifest.golden)) {
    return problem(`there is no golden trace ${manifest.golden}: make it with --update`, 2);
  }
  try {
    const { exitCode, message } = await recordCase(manifest, trace, directory);
    if (exitCode > 1) return problem(message.replace(/^kvmtrace: /, ''), exitCode === 3 ? 3 : 2);
    if (options.update) return update(manifest, trace);
    const outcome = compare(manifest, trace);
    if (outcome.status === 'failed' && options.keep !== undefined) {
      mkdirSync(options.keep, { recursive: true });
      copyFileSync(trace, join(options.keep, `${manifest.name}.db`));
    }
    return outcome;
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
    return problem(error.message, 2);
  }
}

function problem(message: string, exitCode: 2 | 3): Outcome {
  return { status: 'error', message, details: [], findings: [], steps: undefined, exitCode };
}

function update(manifest: Manifest, trace: string): Outcome {
  const same = existsSync(manifest.golden) && isSame(manifest, trace);
  using recorded = new Side(trace);
  const rest = { details: [], findings: [], steps: recorded.stepCount, exitCode: 0 } as const;
  if (same) return { status: 'unchanged', message: 'as it was', ...rest };
  const { bytesAfter } = packTrace(trace, manifest.golden);
  return { status: 'updated', message: `${manifest.golden}, ${bytesAfter} bytes`, ...rest };
}

/** A golden trace of an older format cannot be opened, and is renewed. */
function isSame(manifest: Manifest, trace: string): boolean {
  try {
    using a = new Side(manifest.golden);
    using b = new Side(trace);
    const pair = { a, b };
    const { same } = diffTraces(pair, { mode: 'exact', rules: manifest.rules });
    return same && stopOf(a) === stopOf(b);
  } catch (error) {
    if (error instanceof KvmtraceError) return false;
    throw error;
  }
}

function stopOf(side: Side): string {
  return `${side.meta('stop_reason') ?? ''}, exit code ${side.meta('exit_code') ?? 'none'}`;
}

function compare(manifest: Manifest, trace: string): Outcome {
  using a = new Side(manifest.golden);
  using b = new Side(trace);
  const pair = { a, b };
  const { compare: comparison, rules, gates } = manifest;
  const mode = comparison === 'exact' ? 'auto' : 'both';
  const result = diffTraces(pair, { mode, rules, gates });
  const problems = [...differences(manifest, pair, result), ...assertionFailures(manifest, b)];
  const steps = b.stepCount;
  const [first] = problems;
  if (first === undefined) {
    const message = result.same ? 'the same' : result.verdict;
    return { status: 'passed', message, details: [], findings: [], steps, exitCode: 0 };
  }
  const plain = (text: string): string => text;
  const report = textReport(pair, result, { strong: plain, faint: plain, change: plain });
  const asserted = problems
    .filter(({ rule }) => rule === 'assertion')
    .map(({ message }): Finding => ({
      rule: 'assertion',
      level: 'error',
      message,
      address: undefined,
      subject: message,
    }));
  return {
    status: 'failed',
    message:
      problems.length === 1 ? first.message : `${first.message} (and ${problems.length - 1} more)`,
    details: [...problems.slice(1).map(({ message }) => `* ${message}`), ...report],
    findings: [...findings(pair, result), ...asserted],
    steps,
    exitCode: 1,
  };
}

interface Problem {
  readonly rule: 'difference' | 'assertion';
  readonly message: string;
}

function differences(
  { compare: comparison, gates }: Manifest,
  pair: Pair,
  result: DiffResult,
): Problem[] {
  const problems: Problem[] = [];
  const add = (message: string): void => {
    problems.push({ rule: 'difference', message });
  };
  if (comparison === 'exact' && !hasGates(gates) && !result.same) add(result.verdict);
  const outputs = result.aligned?.outputs.differences ?? [];
  if (comparison === 'output' && outputs.length > 0) add(`other output: ${result.verdict}`);
  if (hasGates(gates) && !result.passed) add(result.verdict);
  const [before, after] = [stopOf(pair.a), stopOf(pair.b)];
  if (comparison !== 'none' && before !== after) add(`ended by ${after} instead of ${before}`);
  return problems;
}

/** Rows shown of an assertion that fails. */
const MAX_ROWS = 5;

function assertionFailures({ assertions }: Manifest, side: Side): Problem[] {
  const problems: Problem[] = [];
  for (const sql of assertions) {
    let rows = 0;
    for (const [message] of side.file.query(sql).rows) {
      if (++rows > MAX_ROWS) break;
      problems.push({ rule: 'assertion', message: `assertion: ${valueText(message)}` });
    }
  }
  return problems;
}

function valueText(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
