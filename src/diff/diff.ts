/** Compares two traces: exactly, and across builds. */
import { exactDiff, DEFAULT_FOLLOW } from './exact/exact-diff.js';
import type { ExactDiff } from './exact/result.js';
import { checkRegisters, NOTHING_IGNORED, type IgnoreRules } from './ignore.js';
import { exactVerdict } from './report/view.js';
import type { Pair } from './side.js';

export interface DiffOptions {
  readonly rules?: IgnoreRules | undefined;
  /** Go on after the first divergence and find every cause. */
  readonly all?: boolean | undefined;
  /** Steps to follow the first difference on. */
  readonly follow?: number | undefined;
}

export interface DiffResult {
  /** One line: same or different, and where first. */
  readonly verdict: string;
  readonly same: boolean;
  readonly exact: ExactDiff | undefined;
}

export function diffTraces(pair: Pair, options: DiffOptions = {}): DiffResult {
  const rules = options.rules ?? NOTHING_IGNORED;
  checkRegisters(rules, [pair.a, pair.b]);
  const follow = options.follow ?? DEFAULT_FOLLOW;
  const exact = exactDiff(pair, { rules, all: options.all ?? false, follow });
  return { verdict: exactVerdict(pair, exact), same: exact.same, exact };
}
