/** The first place where control really goes elsewhere: not code that moved, calls that came or went. */
import type { Alignment } from '../alignment/alignment.js';
import { FlowStream, sameToken } from './flow-stream.js';
import { FrameView } from './frame-view.js';
import { findResyncPoint, type Effort } from './resync-point.js';
import type { CodeModel } from '../model/model.js';
import { Judge } from './parting.js';
import type { Profile } from '../model/profile.js';

/** A place where the two runs part, as steps of both. */
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

/** Where control flow parts, and what was passed over before. */
export interface FlowResult {
  /** The first branch that both builds have and that goes another way. */
  readonly first: FlowPoint | undefined;
  /** Where the two were given up on. */
  readonly lost: (FlowPoint & { readonly why: LostReason }) | undefined;
  /** Places at which the code of one build goes ways that the other does not have. */
  readonly reshaped: number;
  readonly extraCalls: readonly ExtraCall[];
}

/** No more of the one was found in the other; or there was too much to search for it. */
export type LostReason = 'unlike' | 'limit';

/** What of one build its control flow is compared by. */
export interface FlowBuild {
  readonly model: CodeModel;
  readonly profile: Profile;
}

const MAX_EXTRA_CALLS = 200;
/** What all searching together may cost: seconds. */
const MAX_EFFORT = 200_000_000;
const SLICE = 4096;
/** After so many equal tokens it is certain that the two are at the same place. */
const SURELY_TOGETHER = 256;

/** Told of the beginning of each block that both run together; false ends the comparison. */
export type OnTogether = (stepA: number, stepB: number) => boolean;

/** @param showsMore whether output or memory at the end differ */
export function compareFlow(
  a: FlowBuild,
  b: FlowBuild,
  alignment: Alignment,
  showsMore: boolean,
  onTogether?: OnTogether,
): FlowResult {
  const streamA = new FlowStream(a.model, alignment.a);
  const streamB = new FlowStream(b.model, alignment.b);
  const judge = new Judge(
    { stream: streamA, alignment: alignment.a, profile: a.profile },
    { stream: streamB, alignment: alignment.b, profile: b.profile },
    alignment,
    showsMore,
  );
  const extraCalls: ExtraCall[] = [];
  const effort: Effort = { spent: 0 };
  let reshaped = 0;
  // Tokens since then.
  let together = 0;
  // Calls at this depth have gone ways that cannot be compared: what they decide says little.
  let distrusted = Infinity;
  for (;;) {
    const { equal, least, stopped } = runTogether(streamA, streamB, onTogether);
    if (least < distrusted) distrusted = Infinity;
    together += equal;
    const result = { first: undefined, lost: undefined, extraCalls, reshaped };
    if (stopped || (streamA.ahead(1) === 0 && streamB.ahead(1) === 0)) return result;
    const depth = depthBefore(streamA);
    if (depth !== distrusted && judge.isOneBranch(reshaped === 0 || together >= SURELY_TOGETHER)) {
      return { ...result, first: pointAt(streamA, streamB) };
    }
    const resyncPoint = findResyncPoint(new FrameView(streamA), new FrameView(streamB), effort);
    const lost = (why: LostReason): FlowResult => ({
      ...result,
      lost: { ...pointAt(streamA, streamB), why },
    });
    if (resyncPoint === undefined) return lost('unlike');
    if (effort.spent > MAX_EFFORT) return lost('limit');
    const { skipA, skipB } = resyncPoint;
    const apart = judge.callApart(resyncPoint);
    if (apart !== undefined) {
      return { ...result, first: pointAt(streamA, streamB, apart.a, apart.b) };
    }
    const atEnd = streamA.ahead(skipA + 1) === skipA && streamB.ahead(skipB + 1) === skipB;
    if (atEnd) return lost('unlike');
    const callA = skipB === 0 && isWholeCall(streamA, skipA);
    const callB = skipA === 0 && isWholeCall(streamB, skipB);
    if (callA && extraCalls.length < MAX_EXTRA_CALLS)
      extraCalls.push(extraCall('a', streamA, streamB));
    if (callB && extraCalls.length < MAX_EXTRA_CALLS)
      extraCalls.push(extraCall('b', streamB, streamA));
    if (!callA && !callB) {
      reshaped++;
      together = 0;
      distrusted = Math.min(distrusted, depth);
    }
    streamA.skip(skipA);
    streamB.skip(skipB);
  }
}

/** Skips what is equal; returns how much that is, and the least depth of calls in it. */
function runTogether(
  a: FlowStream,
  b: FlowStream,
  onTogether?: OnTogether,
): { equal: number; least: number; stopped: boolean } {
  let least = Infinity;
  let all = 0;
  for (;;) {
    const count = Math.min(a.ahead(SLICE), b.ahead(SLICE));
    const { depth } = a.tokens;
    const [fromA, fromB] = [a.at, b.at];
    let equal = 0;
    while (equal < count && sameToken(a.tokens, fromA + equal, b.tokens, fromB + equal)) {
      if (depth[fromA + equal]! < least) least = depth[fromA + equal]!;
      equal++;
    }
    const stopped = onTogether !== undefined && !tell(onTogether, a, b, equal);
    a.skip(equal);
    b.skip(equal);
    all += equal;
    if (stopped || equal < count || count === 0) return { equal: all, least, stopped };
  }
}

function tell(onTogether: OnTogether, a: FlowStream, b: FlowStream, count: number): boolean {
  for (let i = 0; i < count; i++) {
    if (!onTogether(a.tokens.step[a.at + i]!, b.tokens.step[b.at + i]!)) return false;
  }
  return true;
}

function depthBefore({ tokens, at }: FlowStream): number {
  return tokens.depth[at - 1] ?? 0;
}

/** The tokens to skip lie in calls that the function under way makes. */
function isWholeCall(stream: FlowStream, skip: number): boolean {
  if (skip === 0 || stream.at === 0) return false;
  const { depth, called } = stream.tokens;
  // The last call may have ended, and its caller gone on without a token.
  const base = Math.min(depth[stream.at - 1]!, depth[stream.at]! - called[stream.at]!);
  for (let i = 0; i < skip; i++) if (depth[stream.at + i]! <= base) return false;
  return true;
}

function extraCall(side: 'a' | 'b', stream: FlowStream, other: FlowStream): ExtraCall {
  const before = other.ahead(1) === 0 ? undefined : other.tokens.step[other.at];
  return { side, step: stream.tokens.step[stream.at]!, before };
}

/** @param aheadA how many tokens further on */
function pointAt(a: FlowStream, b: FlowStream, aheadA = 0, aheadB = 0): FlowPoint {
  const [x, y] = [sideAt(a, aheadA), sideAt(b, aheadB)];
  return {
    ...{ stepA: x.step, decisionA: x.decision, nextA: x.next },
    ...{ stepB: y.step, decisionB: y.decision, nextB: y.next },
  };
}

function sideAt(
  stream: FlowStream,
  ahead: number,
): { step: number; decision: number | undefined; next: number | undefined } {
  const { tokens } = stream;
  const hasNext = stream.ahead(ahead + 1) > ahead;
  const at = stream.at + ahead;
  const step = tokens.step[at - 1] ?? 0;
  if (!hasNext) return { step, decision: undefined, next: undefined };
  const decision = tokens.decision[at]!;
  return {
    step,
    decision: decision >= Math.max(0, step) ? decision : undefined,
    next: tokens.step[at],
  };
}
