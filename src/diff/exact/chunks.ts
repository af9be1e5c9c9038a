/** Finds where two traces part by the hashes that were kept while they were recorded. */
import type { DigestRow } from '../../trace/read/digests.js';
import { DIGEST_STEPS } from '../../trace/format/schema.js';
import type { Pair, Side } from '../side.js';
import { endsAt } from './ends.js';

/** Chunk 0 is the initial registers; chunk k has the steps (k-1)·1024-phase up to k·1024-phase-1. */
function firstStepOf(chunk: number, phase: number): number {
  return (chunk - 1) * DIGEST_STEPS - phase;
}

function lastStepOf(chunk: number, phase: number): number {
  return chunk === 0 ? -1 : chunk * DIGEST_STEPS - phase - 1;
}

function row({ file }: Side, chunk: number): DigestRow | undefined {
  return file.digests.at(lastStepOf(chunk, file.digests.phase));
}

/** True where both traces are whole, of one length, and hash alike: nothing else has to be read. */
export function sameByHash({ a, b }: Pair): boolean {
  if (!a.believesHashes || !b.believesHashes) return false;
  const lastA = a.file.digests.last();
  const lastB = b.file.digests.last();
  return (
    a.complete &&
    b.complete &&
    a.stepCount === b.stepCount &&
    lastA?.step === a.stepCount - 1 &&
    lastB?.step === b.stepCount - 1 &&
    lastA.chain === lastB.chain &&
    endsAt({ a, b }, a.stepCount, b.stepCount) === undefined
  );
}

/**
 * The first step that has to be looked at: -1 for the initial registers, or the first of a chunk;
 * where one trace begins like all of the other, the last step of both. The chains before it are
 * equal. A binary search: some 14 look-ups for ten million steps.
 */
export function firstSuspect({ a, b }: Pair): number {
  if (!a.believesHashes || !b.believesHashes) return -1;
  const equal = (chunk: number): boolean => {
    const rowA = row(a, chunk);
    const rowB = row(b, chunk);
    return rowA !== undefined && rowB !== undefined && rowA.chain === rowB.chain;
  };
  const { phase } = a.file.digests;
  let low = 0;
  // Only whole chunks have a row at their last step, beside the very last one. Of traces that have
  // other chunks the initial registers can be compared, and no more.
  let high =
    phase === b.file.digests.phase
      ? Math.floor((Math.min(a.stepCount, b.stepCount) + phase) / DIGEST_STEPS) + 1
      : 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (equal(middle)) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return -1;
  return Math.max(0, Math.min(firstStepOf(low, phase), a.stepCount - 1, b.stepCount - 1));
}
