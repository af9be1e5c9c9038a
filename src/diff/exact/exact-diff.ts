/**
 * The exact comparison: same guest, same build. Finds the first step whose registers, memory or I/O
 * differ through the hashes of the traces, and follows what differs forward from there.
 */
import type { IgnoreRules } from '../ignore.js';
import type { Pair } from '../side.js';
import { sameByHash } from './chunks.js';
import { stopOf } from './ends.js';
import { sameOrigin } from './initial.js';
import type { ExactDiff } from './result.js';
import { Walk } from './walk.js';

export interface ExactOptions {
  readonly rules: IgnoreRules;
  /** Go on to the ends, finding every cause. */
  readonly all: boolean;
  /** Steps to follow the first difference on, to the first branch that it decides. */
  readonly follow: number;
}

export const DEFAULT_FOLLOW = 100_000;

export function exactDiff(pair: Pair, options: ExactOptions): ExactDiff {
  const origin = sameOrigin(pair);
  const { a, b } = pair;
  const end = { stepsA: a.stepCount, stepsB: b.stepCount, stopA: stopOf(a), stopB: stopOf(b) };
  if (origin && sameByHash(pair)) return { ...SAME, end };
  return { ...new Walk(pair, options).run(origin), end };
}

const SAME: Omit<ExactDiff, 'end'> = {
  same: true,
  by: 'hashes',
  groups: [],
  ignored: [],
  hidden: [],
  initial: [],
  machine: [],
  notCompared: [],
  followedTo: undefined,
};
