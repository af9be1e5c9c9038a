import { hex } from '../base/number-text.js';
import { wide } from '../base/halves.js';
import { RIP } from '../machine/register-words.js';
import type { Session } from '../capture/session.js';
import { Outcome } from '../stepper/step.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { Divergence } from './divergence.js';

/** Stops that the instruction after the last step made. */
const STOPS_OF_THE_GUEST = ['shutdown', 'internal-error', 'livelock'];

/**
 * At the end of a recording: that the guest stops the same way once more, where it was the guest that
 * stopped, and that rip is where it was.
 */
export function endDivergence(trace: TraceFile, session: Session): Divergence | undefined {
  const state = trace.stepCount;
  if (trace.meta.get('complete') !== 1n) return undefined;
  const reason = String(trace.meta.get('stop_reason'));
  if (STOPS_OF_THE_GUEST.includes(reason)) {
    const replayed = stopAgain(session);
    // A recorder calls `jmp $` a livelock, too; it retires.
    const isSpinning = reason === 'livelock' && replayed === 'went on';
    if (replayed !== reason && !isSpinning) {
      return {
        at: 'stop',
        step: state,
        what: `the recording ended with ${reason} after its last step, and the replay did not`,
        differences: [{ kind: 'stop', recorded: reason, replayed }],
      };
    }
    if (isSpinning) return undefined;
  }
  const recorded = finalRip(trace);
  const { words } = session.stepper;
  const rip = wide(words[RIP]!, words[RIP + 1]!);
  if (recorded === undefined || recorded === rip) return undefined;
  return {
    at: 'state',
    step: state,
    what: `rip after the last step is not what the trace says`,
    differences: [
      {
        kind: 'instruction',
        recorded: `rip ${hex(recorded)}`,
        replayed: `rip ${hex(rip)}`,
      },
    ],
  };
}

function stopAgain(session: Session): string {
  const step = session.step();
  return step.outcome === Outcome.stopped ? step.stop.reason : 'went on';
}

/** rip after the last step. */
export function finalRip({ meta }: TraceFile): bigint | undefined {
  const value = meta.get('final_rip');
  return typeof value === 'bigint' ? BigInt.asUintN(64, value) : undefined;
}
