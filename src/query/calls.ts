/** Calls in order, and their beginnings and ends along the execution. */
import type { Call } from '../trace/read/derived-reader.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** Rows read at a time. */
const BATCH = 4096;

/**
 * The calls under way at some step from `from` up to, not including, `to`, by first step: each comes
 * after the call that it was made in. The table `call` has been made.
 */
export function* callsBetween(file: TraceFile, from: number, to: number): Generator<Call> {
  if (from >= to) return;
  const { rows } = file.derived;
  const newest = rows.newestCall(from);
  if (newest !== undefined) yield* rows.callsAround(from).toSorted((a, b) => a.id - b.id);
  let last = newest?.id ?? -1;
  for (;;) {
    const batch = rows.callsAfter(last, Number.MAX_SAFE_INTEGER, BATCH);
    for (const call of batch) {
      if (call.firstStep >= to) return;
      yield call;
      last = call.id;
    }
    if (batch.length < BATCH) return;
  }
}

/** A call begins or ends: `enter` at `start`, `leave` at `end`. */
export interface CallEdge {
  readonly kind: 'enter' | 'leave';
  readonly call: Call;
  /** The state that the call begins at: that of its first step in the range. */
  readonly start: number;
  /** The state after its last step in the range. */
  readonly end: number;
}

/**
 * Beginnings and ends in order of time, properly nested: what of each call lies in the steps from
 * `from` up to, not including, `to`.
 *
 * @param calls as Trace.calls gives them for the same steps
 */
export function* callEdges(calls: Iterable<Call>, from: number, to: number): Generator<CallEdge> {
  const open: Omit<CallEdge, 'kind'>[] = [];
  for (const call of calls) {
    const start = Math.max(from, call.firstStep);
    for (let top = open.at(-1); top !== undefined && top.end <= start; top = open.at(-1)) {
      open.pop();
      yield { kind: 'leave', ...top };
    }
    // No call outlives the one that it was made in.
    const end = Math.min(call.lastStep + 1, to, open.at(-1)?.end ?? to);
    if (end <= start) continue;
    const edge = { call, start, end };
    open.push(edge);
    yield { kind: 'enter', ...edge };
  }
  for (let top = open.pop(); top !== undefined; top = open.pop()) yield { kind: 'leave', ...top };
}
