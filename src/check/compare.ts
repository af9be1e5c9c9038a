/** Holds a new recording against the golden trace of its case. */
import { existsSync } from 'node:fs';
import { diffTraces, type DiffResult } from '../diff/diff.js';
import { hasGates } from '../diff/gate.js';
import { findings, type Finding } from '../views/diff/finding.js';
import { textReport } from '../report/diff/text.js';
import { Side, type Pair } from '../diff/side.js';
import { KvmtraceError } from '../base/errors.js';
import { packTrace } from '../trace/pack/pack.js';
import { failedAssertions } from './assertions.js';
import type { Manifest } from './manifest.js';
import { errorFinding, type Outcome } from './outcome.js';

/** What the comparison is doing, so that it can be named when it is ended. */
export type OnBegin = (what: string) => void;

/**
 * Compares the recording `trace` with the golden trace of its case, and runs the manifest's
 * assertions on it.
 */
export function compareCase(manifest: Manifest, trace: string, onBegin: OnBegin): Outcome {
  using a = new Side(manifest.golden);
  using b = new Side(trace);
  const pair = { a, b };
  const { compare: comparison, rules, gates } = manifest;
  // Output is a matter of both comparisons: limits alone would pass a guest that does another thing.
  const mode = comparison === 'exact' && !hasGates(gates) ? 'auto' : 'both';
  const result = diffTraces(pair, { mode, rules, gates });
  const asserted = failedAssertions(manifest.assertions, b, onBegin);
  const problems = [
    ...differences(manifest, result),
    ...asserted.map((message) => errorFinding('assertion', message)),
  ];
  const steps = b.stepCount;
  const [first] = problems;
  if (first === undefined) {
    const message = result.same ? 'the same' : result.verdict;
    return { status: 'passed', message, details: [], findings: [], steps, exitCode: 0 };
  }
  const plain = (text: string): string => text;
  const report = textReport(pair, result, { strong: plain, faint: plain, change: plain });
  return {
    status: 'failed',
    message:
      problems.length === 1 ? first.message : `${first.message} (and ${problems.length - 1} more)`,
    details: [...problems.slice(1).map(({ message }) => `* ${message}`), ...report],
    findings: [...problems, ...notes(pair, result)],
    steps,
    exitCode: 1,
  };
}

/** What of the comparison makes the case fail. */
function differences({ compare: comparison, gates }: Manifest, result: DiffResult): Finding[] {
  const problems: Finding[] = [];
  const { verdict, otherEnd, same } = result;
  const outputs = result.aligned?.outputs.differences ?? [];
  const limits = result.gates.filter(({ exceeded }) => exceeded);
  if (comparison === 'exact' && !hasGates(gates) && !same) {
    problems.push(errorFinding('divergence', verdict));
  } else if (comparison !== 'none' && outputs.length > 0) {
    problems.push(errorFinding('output', `other output: ${verdict}`));
  }
  if (limits.length > 0) problems.push(errorFinding('limit', verdict));
  if (comparison !== 'none' && otherEnd !== undefined) problems.push(errorFinding('end', otherEnd));
  return problems;
}

/** Everything else that differs: for information, as the problems are told already. */
function notes(pair: Pair, result: DiffResult): Finding[] {
  return findings(pair, result).map((finding) => ({ ...finding, level: 'note' }));
}

/** Makes the recording the golden trace, unless it says the same, or its assertions fail. */
export function updateCase(manifest: Manifest, trace: string, onBegin: OnBegin): Outcome {
  using recorded = new Side(trace);
  const steps = recorded.stepCount;
  const asserted = failedAssertions(manifest.assertions, recorded, onBegin);
  const [first] = asserted;
  if (first !== undefined) {
    return {
      ...{ status: 'failed', steps, exitCode: 1 },
      message: `${first}; the golden trace stays as it is`,
      details: asserted.slice(1).map((message) => `* ${message}`),
      findings: asserted.map((message) => errorFinding('assertion', message)),
    };
  }
  const rest = { details: [], findings: [], steps, exitCode: 0 } as const;
  if (existsSync(manifest.golden) && isAsGood(manifest, recorded)) {
    return { status: 'unchanged', message: 'as it was', ...rest };
  }
  const { bytesAfter } = packTrace(trace, manifest.golden);
  return { status: 'updated', message: `${manifest.golden}, ${bytesAfter} bytes`, ...rest };
}

/** How a recording is made, beside what the guest does. */
const MADE_BY = ['guest_sha256', 'mode', 'memory', 'load', 'entry', 'fpu', 'snapshot_every'];

/**
 * Whether the golden trace says the same and holds as much. One of an older format cannot be opened,
 * and is renewed.
 */
function isAsGood({ golden, rules }: Manifest, recorded: Side): boolean {
  try {
    using before = new Side(golden);
    const pair = { a: before, b: recorded };
    if (MADE_BY.some((key) => before.meta(key) !== recorded.meta(key))) return false;
    const { same, otherEnd } = diffTraces(pair, { mode: 'exact', rules });
    return same && otherEnd === undefined;
  } catch (error) {
    if (error instanceof KvmtraceError) return false;
    throw error;
  }
}
