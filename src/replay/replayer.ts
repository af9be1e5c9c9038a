/**
 * Runs a recording again on KVM: from a snapshot, with every recorded input fed, comparing what each
 * step did with what the trace says it did.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Session } from '../capture/session.js';
import { writeAsDevice } from '../machine/device-write.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { StepFeed } from '../trace/read/stream/step-feed.js';
import type { Divergence } from './divergence.js';
import type { LiveDevices } from './live-devices.js';
import { ReplayBus } from './bus.js';
import { restoreMachine, type MachineChoice, type ReplayMachine } from './machine.js';
import { ReplaySteps } from './steps.js';
import type { Hosts } from './host.js';
import type { StopCondition } from './until.js';

/** Steps between two looks at the event loop: some 40 ms. */
const SLICE_STEPS = 4096;

/** How far a replay has come, in steps of the trace. */
export interface ReplayProgress {
  readonly step: number;
  readonly start: number;
  readonly to: number;
}

/** Which part of a trace is replayed, on what, and what is asked after each step. */
export interface ReplayOptions extends MachineChoice {
  /** First state of interest: the replay starts at the newest snapshot before it. */
  readonly from: number;
  /** Steps up to, not including, this one are run. */
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
  /** Called some 25 times a second. */
  readonly onProgress?: ((progress: ReplayProgress) => void) | undefined;
  /** Where to end: asked after each step behind `from`. */
  readonly until?: StopCondition | undefined;
  /** Devices that are to come along, so that the guest can go on with them. */
  readonly devices?: ((machine: ReplayMachine) => LiveDevices) | undefined;
  /** Takes the machine over in state `to`, where the replay did not diverge; it is closed after. */
  readonly handOver?: ((reached: Session) => Promise<void>) | undefined;
}

/** How a replay ended, and what it compared. */
export interface ReplayOutcome {
  /** The state at which the replay began: that of a snapshot. */
  readonly start: number;
  /** Steps that were run and compared. */
  readonly steps: number;
  /** Answers to reads, counter values, random numbers and interrupts that came from the trace. */
  readonly inputs: number;
  readonly seconds: number;
  readonly divergence: Divergence | undefined;
  /** Set where `until` or the signal ended the replay: the state that was reached. */
  readonly stoppedAt: number | undefined;
  /** It was `until` that ended it. */
  readonly isFound: boolean;
  readonly hosts: Hosts;
  readonly refusedMsrs: readonly number[];
}

/**
 * Replays steps of a trace.
 *
 * @throws KvmtraceError (2) where the trace is damaged, (3) where this machine's KVM cannot do it
 */
export async function replay(trace: TraceFile, options: ReplayOptions): Promise<ReplayOutcome> {
  const restored = restoreMachine(trace, options.from, options);
  const { side, snapshot, hosts, refusedMsrs } = restored;
  using machine = restored.machine;
  const devices = options.devices?.(restored);
  const bus = new ReplayBus(devices, (gpa, bytes) => {
    writeAsDevice(machine, gpa, bytes);
  });
  const session = new Session({ machine, side, bus });
  const run = new ReplaySteps({ trace, restored, session, bus, devices }, options.to);
  const startTime = performance.now();
  const outcome = (
    state: number,
    end: Partial<Pick<ReplayOutcome, 'divergence' | 'stoppedAt' | 'isFound'>>,
  ): ReplayOutcome => ({
    start: snapshot.step,
    steps: state - snapshot.step,
    inputs: run.inputs + bus.fed,
    seconds: (performance.now() - startTime) / 1000,
    divergence: end.divergence,
    stoppedAt: end.stoppedAt,
    isFound: end.isFound ?? false,
    hosts,
    refusedMsrs,
  });

  const wrongStart = run.checkStart();
  if (wrongStart !== undefined) return outcome(snapshot.step, { divergence: wrongStart });
  const { from, to, until, signal, onProgress } = options;
  const feed = new StepFeed(trace.file, snapshot.step, to);
  try {
    for (let step = snapshot.step; step < to;) {
      const sliceEnd = Math.min(to, step + SLICE_STEPS);
      let ahead = 0;
      for (; step < sliceEnd; step++) {
        // Where `until` is asked, it looks at the machine after each step.
        const end = until === undefined ? sliceEnd : Math.min(sliceEnd, from);
        if (ahead === 0) ahead = run.burst(step, end - step);
        if (!feed.next()) throw await feed.failure();
        const divergence = ahead > 0 ? run.compare(step, feed.step) : run.step(step, feed.step);
        if (ahead > 0) ahead--;
        if (divergence !== undefined) return outcome(step, { divergence });
        if (until !== undefined && step >= from && until(feed.step, session.stepper)) {
          return outcome(step + 1, { stoppedAt: step + 1, isFound: true });
        }
      }
      // Lets signals in.
      await nextTurn();
      onProgress?.({ step, start: snapshot.step, to });
      if (signal?.aborted === true && step < to) return outcome(step, { stoppedAt: step });
    }
  } finally {
    await feed.close();
  }
  if (options.handOver !== undefined) {
    session.release();
    await options.handOver(session);
  } else if (to === trace.stepCount) {
    const divergence = run.checkEnd();
    if (divergence !== undefined) return outcome(to, { divergence });
  }
  return outcome(Math.max(snapshot.step, to), {});
}
