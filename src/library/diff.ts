/** `kvmtrace/diff`: comparing two recordings, and those of passing runs with those of failing ones. */
import { compareRuns, type RunComparison } from '../cohort/discriminate.js';
import { diffTraces, type DiffMode, type DiffResult } from '../diff/diff.js';
import { parseIgnoreRules, type IgnoreTexts } from '../diff/ignore.js';
import { Side } from '../diff/side.js';

export { KvmtraceError } from '../base/errors.js';
export type { Discriminator, RunComparison } from '../cohort/discriminate.js';
export type { DiffMode, DiffResult } from '../diff/diff.js';
export type { IgnoreTexts } from '../diff/ignore.js';

/** How to compare; everything has the default of `kvmtrace diff`. */
export interface DiffSettings {
  /** Step by step (`exact`), across builds (`aligned`), `both`, or what the guests call for (`auto`). */
  readonly mode?: DiffMode | undefined;
  /** What not to report: registers by name, ranges `0x1000:0x20`, ports `0x60`, kinds of input. */
  readonly ignore?: IgnoreTexts | undefined;
  /** Go on after the first divergence and find every cause. */
  readonly all?: boolean | undefined;
  /** Steps to follow the first difference on; default 100,000. */
  readonly follow?: number | undefined;
  /** Percent by which the steps may grow; then `passed` goes by it. */
  readonly maxStepsIncrease?: number | undefined;
  /** Percent by which the steps of functions may grow, by their names; likewise. */
  readonly functions?: Readonly<Record<string, number>> | undefined;
}

/**
 * Tells where two executions part, and why. Needs no KVM.
 *
 * @param a path of the trace to compare with: the good one, the old one
 * @param b path of the other
 * @throws KvmtraceError (exit code 2) for files that are no traces, and for rules that mean nothing
 * @example
 * const { same, verdict } = diff('good.db', 'bad.db');
 */
export function diff(a: string, b: string, settings: DiffSettings = {}): DiffResult {
  const { mode, ignore = {}, all, follow, maxStepsIncrease, functions = {} } = settings;
  const rules = parseIgnoreRules(ignore);
  using sideA = new Side(a);
  using sideB = new Side(b);
  const gates = { steps: maxStepsIncrease, functions: new Map(Object.entries(functions)) };
  return diffTraces({ a: sideA, b: sideB }, { mode, rules, all, follow, gates });
}

/**
 * Tells what all failing runs share and no passing run has, the earliest first. Needs no KVM.
 *
 * @param runs paths of the traces of runs that passed and of runs that failed, one of each at least
 * @throws KvmtraceError (exit code 2) for files that are no traces, and where there is none of a sort
 * @example
 * const { found } = compare({ pass: ['a.db', 'b.db'], fail: ['x.db'] });
 */
export function compare(runs: {
  readonly pass: readonly string[];
  readonly fail: readonly string[];
}): RunComparison {
  return compareRuns(runs.pass, runs.fail);
}
