/**
 * The exact comparison: same guest, same build. Finds the first step whose registers, memory or I/O
 * differ through the hashes of the traces, and follows what differs forward from there.
 */
import type { Pair } from '../side.js';
import { sameByHash } from './chunks.js';
import { stopOf } from './ends.js';
import { differingMemory, sameOrigin } from './initial.js';
import type { ExactOptions } from './options.js';
import type { ExactDiff } from './result.js';
import { startOf } from './start.js';
import { Walk } from './walk.js';

/** Steps to follow the first difference on, unless told otherwise. */
export const DEFAULT_FOLLOW = 100_000;

/** Compares two runs of one build, from the states at which their traces begin. */
export function exactDiff(pair: Pair, options: ExactOptions): ExactDiff {
  const { a, b } = pair;
  const start = startOf(pair);
  const { stepA, stepB } = start;
  const sameMemory = sameOrigin(pair) || differingMemory(pair, start, 1).length === 0;
  const end = { stepsA: a.stepCount, stepsB: b.stepCount, stopA: stopOf(a), stopB: stopOf(b) };
  if (sameMemory && stepA === 0 && stepB === 0 && sameByHash(pair)) return { ...SAME, start, end };
  return { ...new Walk(pair, options, start).run(sameMemory), start, end };
}

const SAME: Omit<ExactDiff, 'start' | 'end'> = {
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
