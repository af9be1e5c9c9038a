/** How the two traces end, and whether one of them goes on. */
import type { Pair, Side } from '../side.js';
import type { Difference } from './result.js';

/** How each trace ends, in words. */
export interface Ends {
  readonly a: string;
  readonly b: string;
}

/** Why a recording ended; `incomplete` where it was not closed. */
export function stopOf(side: Side): string {
  return side.complete ? (side.meta('stop_reason') ?? 'for no known reason') : 'incomplete';
}

/** Undefined where both have this state, or both end in it for the same reason. */
export function endsAt({ a, b }: Pair, stateA: number, stateB: number): Ends | undefined {
  const endsA = stateA >= a.stepCount;
  const endsB = stateB >= b.stepCount;
  if (!endsA && !endsB) return undefined;
  if (endsA && endsB && stopOf(a) === stopOf(b)) return undefined;
  const text = (ends: boolean, side: Side): string =>
    ends ? `ended (${stopOf(side)})` : 'goes on';
  return { a: text(endsA, a), b: text(endsB, b) };
}

/** Ends that the recorder made, whatever the guest was doing. */
const OF_THE_RECORDER = /\((?:incomplete|max-steps|interrupted|livelock|disk-full|error)\)$/;

/** Whether the recorder ended it, whatever the guest was doing. */
export function wasStopped(side: Side): boolean {
  return OF_THE_RECORDER.test(`(${stopOf(side)})`);
}

/** True where no input of the guest can be why it ended. */
export function endedByRecorder({ a, b }: Ends): boolean {
  return OF_THE_RECORDER.test(a) || OF_THE_RECORDER.test(b);
}

/** The difference that lies in how the traces end. */
export function endDifference({ a, b }: Ends): Difference {
  return { kind: 'end', a, b };
}
