/** The first place where control really goes elsewhere: not code that moved, calls that came or went. */
import type { Alignment } from './alignment.js';
import { FlowStream } from './flow-stream.js';
import type { CodeModel } from './model.js';

export interface FlowPoint {
  /** The last aligned step that both ran. */
  readonly stepA: number;
  readonly stepB: number;
  /** The step that decided, on either side; undefined where there is none since the one before. */
  readonly decisionA: number | undefined;
  readonly decisionB: number | undefined;
  /** What runs next on either side; undefined at the end of a trace. */
  readonly nextA: number | undefined;
  readonly nextB: number | undefined;
}

/** A whole call that one side alone made. */
export interface ExtraCall {
  readonly side: 'a' | 'b';
  /** Its first step. */
  readonly step: number;
  /** The aligned step of the other side that it comes before. */
  readonly before: number | undefined;
}

export interface FlowResult {
  /** The first branch that both builds have and that goes another way. */
  readonly first: FlowPoint | undefined;
  /** Where the two were given up on: no more of the one was found in the other. */
  readonly lost: FlowPoint | undefined;
  /** Places at which the code of one build goes ways that the other does not have. */
  readonly reshaped: number;
  readonly extraCalls: readonly ExtraCall[];
  /** Aligned instructions that both ran up to the first difference. */
  readonly together: number;
}

/** Tokens in which a way around a difference is looked for, the nearest first. */
const LOOKS = [64, 512, 4096, 1 << 15];
const GRAMS = [12, 6, 3];
const MAX_EXTRA_CALLS = 200;
const MAX_RESHAPED = 20_000;
const LAST_LOOK = 64;
const SLICE = 4096;

export function compareFlow(a: CodeModel, b: CodeModel, alignment: Alignment): FlowResult {
  const streamA = new FlowStream(a, alignment.commonA);
  const streamB = new FlowStream(b, alignment.commonB);
  const extraCalls: ExtraCall[] = [];
  let together = 0;
  let reshaped = 0;
  // Calls at this depth have gone ways that cannot be compared: what they decide says little.
  let distrusted = Infinity;
  for (;;) {
    const run = runTogether(streamA, streamB);
    together += run.length;
    if (run.depth < distrusted) distrusted = Infinity;
    const result = { first: undefined, lost: undefined, extraCalls, together, reshaped };
    if (streamA.ahead(1) === 0 && streamB.ahead(1) === 0) return result;
    const found = meeting(streamA, streamB);
    const [skipA, skipB] = found ?? [streamA.ahead(LAST_LOOK), streamB.ahead(LAST_LOOK)];
    const callA = skipB === 0 && isWholeCall(streamA, skipA);
    const callB = skipA === 0 && isWholeCall(streamB, skipB);
    const depth = depthBefore(streamA);
    if (!callA && !callB && depth !== distrusted && isOneBranch(streamA, streamB)) {
      return { ...result, first: pointAt(streamA, streamB) };
    }
    if (found === undefined || reshaped >= MAX_RESHAPED) {
      return { ...result, lost: pointAt(streamA, streamB) };
    }
    if (callA && extraCalls.length < MAX_EXTRA_CALLS)
      extraCalls.push(extraCall('a', streamA, streamB));
    if (callB && extraCalls.length < MAX_EXTRA_CALLS)
      extraCalls.push(extraCall('b', streamB, streamA));
    if (!callA && !callB) {
      reshaped++;
      distrusted = Math.min(distrusted, depth);
    }
    streamA.skip(skipA);
    streamB.skip(skipB);
  }
}

/** Skips what is equal; returns how much that is, and the least depth of calls in it. */
function runTogether(a: FlowStream, b: FlowStream): { length: number; depth: number } {
  let length = 0;
  let least = Infinity;
  for (;;) {
    const count = Math.min(a.ahead(SLICE), b.ahead(SLICE));
    const [x, y] = [a.tokens.common, b.tokens.common];
    const { depth } = a.tokens;
    const [fromA, fromB] = [a.at, b.at];
    let equal = 0;
    while (equal < count && x[fromA + equal] === y[fromB + equal]) {
      if (depth[fromA + equal]! < least) least = depth[fromA + equal]!;
      equal++;
    }
    a.skip(equal);
    b.skip(equal);
    length += equal;
    if (equal < count || count === 0) return { length, depth: least };
  }
}

function depthBefore({ tokens, at }: FlowStream): number {
  return tokens.depth[at - 1] ?? 0;
}

/** How much either side has to skip for the two to agree again. */
function meeting(a: FlowStream, b: FlowStream): [number, number] | undefined {
  for (const look of LOOKS) {
    const leftA = a.ahead(look);
    const leftB = b.ahead(look);
    let best: [number, number] | undefined;
    let least = Infinity;
    for (const gram of GRAMS) {
      const found = nearest(a, b, leftA, leftB, gram);
      if (found === undefined) continue;
      const cost = found[0] + found[1] + 48 / gram;
      if (cost < least) [best, least] = [found, cost];
    }
    if (best !== undefined) return best;
    if (leftA < look && leftB < look) return undefined;
  }
  return undefined;
}

function nearest(
  a: FlowStream,
  b: FlowStream,
  leftA: number,
  leftB: number,
  gram: number,
): [number, number] | undefined {
  const key = (stream: FlowStream, i: number): string =>
    stream.tokens.common.slice(stream.at + i, stream.at + i + gram).join();
  const first = new Map<string, number>();
  for (let i = 0; i + gram <= leftA; i++) {
    const text = key(a, i);
    if (!first.has(text)) first.set(text, i);
  }
  let best: [number, number] | undefined;
  for (let j = 0; j + gram <= leftB; j++) {
    if (best !== undefined && j >= best[0] + best[1]) break;
    const i = first.get(key(b, j));
    if (i !== undefined && (best === undefined || i + j < best[0] + best[1])) best = [i, j];
  }
  return best;
}

/** The tokens to skip lie in calls that the last common instruction's function makes. */
function isWholeCall(stream: FlowStream, skip: number): boolean {
  if (skip === 0 || stream.at === 0) return false;
  const { depth } = stream.tokens;
  const base = depth[stream.at - 1]!;
  for (let i = 0; i < skip; i++) if (depth[stream.at + i]! <= base) return false;
  return true;
}

/** Both came to where they are by the same branch, which both builds have, and by another way. */
function isOneBranch(a: FlowStream, b: FlowStream): boolean {
  const decider = ({ tokens, at }: FlowStream): number => tokens.decider[at] ?? -1;
  const since = ({ tokens, at }: FlowStream): boolean =>
    tokens.decision[at]! >= (tokens.step[at - 1] ?? 0);
  const taken = ({ tokens, at }: FlowStream): number => tokens.taken[at] ?? 2;
  const same = decider(a) >= 0 && decider(a) === decider(b) && since(a) && since(b);
  return same && (taken(a) !== taken(b) || taken(a) === 2);
}

function extraCall(side: 'a' | 'b', stream: FlowStream, other: FlowStream): ExtraCall {
  return { side, step: stream.tokens.step[stream.at]!, before: other.tokens.step[other.at] };
}

function pointAt(a: FlowStream, b: FlowStream): FlowPoint {
  const decisionOf = (stream: FlowStream): number | undefined => {
    const decision = stream.tokens.decision[stream.at];
    const last = stream.tokens.step[stream.at - 1] ?? -1;
    return decision !== undefined && decision >= last ? decision : undefined;
  };
  return {
    stepA: a.tokens.step[a.at - 1] ?? 0,
    stepB: b.tokens.step[b.at - 1] ?? 0,
    decisionA: decisionOf(a),
    decisionB: decisionOf(b),
    nextA: a.tokens.step[a.at],
    nextB: b.tokens.step[b.at],
  };
}
