/** Records a machine that is ready to run, from the state that it is in. */
import { wide } from '../base/halves.js';
import type { MemoryDelta } from '../capture/memory-delta.js';
import { KvmtraceError, machineError } from '../base/errors.js';
import type { SideState } from '../capture/side-state.js';
import { Session } from '../capture/session.js';
import type { Machine } from '../machine/machine.js';
import { RIP } from '../machine/register-words.js';
import { isCrash, type Stop } from '../machine/stop.js';
import type { FormatName } from '../guest/formats/format-names.js';
import type { TraceHeader } from '../trace/write/header.js';
import type { WriterError } from '../trace/write/recording.js';
import { createRecording, fileSize, removeTrace } from './files.js';
import { DEFAULT_SNAPSHOT_EVERY, type RecordOptions, type RecordResult } from './options.js';
import type { PlatformDevices } from './platform-devices.js';
import { Recorder } from './loop.js';
import type { Trigger } from './trigger.js';
import { watchFor } from './trigger-watch.js';
import { NULL_STREAM } from './null-stream.js';
import { RingRecording, type Recording } from './ring.js';
import { RingSegments } from './ring-segments.js';
import { sendInstruction } from './send-instruction.js';
import { sendSnapshot } from './snapshot.js';

/** A machine that is ready to run, with its devices and what its trace begins with. */
export interface RecordedMachine {
  readonly machine: Machine;
  readonly side: SideState;
  readonly devices: PlatformDevices;
  readonly header: TraceHeader;
}

/** What a recording is like, wherever its machine comes from. */
export type RunOptions = Pick<
  RecordOptions,
  'output' | 'force' | 'maxSteps' | 'snapshotEvery' | 'onProgress' | 'signal'
> & {
  /** Where to end before a limit is reached. */
  readonly until?: Trigger | undefined;
  /** How many steps to keep, the last ones; default all. */
  readonly ring?: number | undefined;
};

/** What drives a recording. */
interface Apparatus {
  readonly session: Session;
  /** Sends the state before step `step`. */
  readonly snapshot: (step: number) => void;
}

/** Sends the state before the first step. */
function prepare(
  { machine, side, devices, header }: RecordedMachine,
  recording: Recording,
  markPages: (memory: MemoryDelta) => void,
): Apparatus {
  const { stream } = recording;
  const ring = recording instanceof RingRecording ? recording : undefined;
  const session = new Session({
    ...{ machine, side, bus: devices },
    onNewCode: (code) => {
      if (ring === undefined) sendInstruction(stream, code);
      else ring.define(code);
    },
  });
  const { capture } = session;
  if (ring !== undefined) {
    // What follows is compared with this; each segment sends its own.
    capture.sendInitial(NULL_STREAM);
    markPages(capture.memory);
    const fpu = header.meta['fpu'] !== 0;
    const segments = new RingSegments({ session, devices, fpu }, ring);
    segments.begin(0);
    return {
      session,
      snapshot: (step) => {
        segments.begin(step);
      },
    };
  }
  let isFirst = true;
  const snapshot = (): void => {
    sendSnapshot(stream, session, devices.save(), isFirst);
    isFirst = false;
  };
  capture.sendInitial(stream);
  markPages(capture.memory);
  snapshot();
  stream.stepDone();
  return { session, snapshot };
}

/** @param markPages marks the pages that are not zero: they are those of the first snapshot */
export async function recordMachine(
  recorded: RecordedMachine,
  options: RunOptions,
  markPages: (memory: MemoryDelta) => void,
): Promise<RecordResult> {
  if (options.force) removeTrace(options.output);
  const recording =
    options.ring === undefined
      ? await createRecording(recorded.header, options)
      : new RingRecording(recorded.header, options.ring);
  const { stream } = recording;
  const { devices } = recorded;
  let apparatus: Apparatus;
  try {
    apparatus = prepare(recorded, recording, markPages);
  } catch (error) {
    // There is nothing to keep.
    await recording.abandon(messageOf(error));
    removeTrace(options.output);
    throw error;
  }
  const { session, snapshot } = apparatus;
  const recorder = new Recorder(
    { session, stream, devices, snapshot },
    {
      maxSteps: options.maxSteps ?? Number.MAX_SAFE_INTEGER,
      snapshotEvery:
        recording instanceof RingRecording
          ? recording.segmentSteps
          : (options.snapshotEvery ?? DEFAULT_SNAPSHOT_EVERY),
      stopAt: options.until && { text: options.until.text, watch: watchFor(options.until) },
    },
  );
  const start = performance.now();
  const secondsSince = (): number => (performance.now() - start) / 1000;
  const onTurn = (): void => {
    devices.flushOutput();
    options.onProgress?.({
      steps: recorder.steps,
      seconds: secondsSince(),
      fileBytes: fileSize(options.output),
      maxSteps: options.maxSteps,
    });
  };
  let stop: Stop;
  let seconds: number;
  try {
    stop = await recorder.run(options.signal, onTurn);
    seconds = secondsSince();
    devices.flushOutput();
    if (!stream.failed && recorder.steps > 0) {
      stream.hold();
      snapshot(recorder.steps);
    }
  } catch (error) {
    devices.flushOutput();
    throw await closeAfter(error, { recording, session, output: options.output });
  }
  const { words } = session.stepper;
  const rip = wide(words[RIP]!, words[RIP + 1]!);
  const failure = await recording.close(rip, closingMeta(stop, devices.exitCode));
  const format = recorded.header.meta['guest_format'] as FormatName;
  const kept = recording instanceof RingRecording ? recorder.steps - recording.dropped : undefined;
  return summarize({ kept, recorder, stop, failure, session, devices, format, seconds, options });
}

/**
 * The machine was lost, or kvmtrace has a bug: what was recorded until then is kept. Returns what to throw.
 */
async function closeAfter(
  error: unknown,
  end: { recording: Recording; session: Session; output: string },
): Promise<unknown> {
  const { recording, session, output } = end;
  const { stream } = recording;
  if (stream.failed) return error;
  const detail = messageOf(error);
  if (!stream.dropStep()) {
    // A part of the last step is on its way already: what was committed before stays.
    await recording.abandon(detail);
    return error;
  }
  // What the words show is of no step any more: the state after the last is that before the next.
  const { before } = session.stepper;
  const rip = wide(before[RIP]!, before[RIP + 1]!);
  await recording.close(rip, { stop_reason: 'error', stop_detail: detail });
  if (!(error instanceof KvmtraceError)) return error;
  return machineError(`${output} ends with what was recorded until ${detail}`, error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function summarize(end: {
  kept: number | undefined;
  recorder: Recorder;
  stop: Stop;
  failure: WriterError | undefined;
  session: Session;
  devices: PlatformDevices;
  format: FormatName;
  seconds: number;
  options: RunOptions;
}): RecordResult {
  const { recorder, failure, seconds, options } = end;
  const stop: Stop = failure === undefined ? end.stop : writerStop(failure, options.output);
  return {
    format: end.format,
    steps: recorder.steps,
    keptSteps: end.kept ?? recorder.steps,
    stopReason: stop.reason,
    detail: stop.detail,
    exitCode: end.devices.exitCode,
    crashed: isCrash(stop.reason),
    notes: [...end.devices.notes, ...unexplained(end.session)],
    seconds,
    stepsPerSecond: seconds > 0 ? recorder.steps / seconds : 0,
    fileBytes: fileSize(options.output),
  };
}

/** No row is wrong for it: the steps were made again, one by one. But it is no small thing, either. */
function unexplained({ stepper }: Session): string[] {
  const times = stepper.bursts?.unexplained ?? 0;
  if (times === 0) return [];
  return [
    `KVM reported writes that no instruction explains, ${times === 1 ? 'once' : `${times} times`}: the steps around them were made one by one.`,
  ];
}

function writerStop(failure: WriterError, output: string): Stop {
  const full = failure.code === 'SQLITE_FULL' || failure.code.startsWith('SQLITE_IOERR');
  if (!full) return { reason: 'error', detail: `writing ${output} failed: ${failure.message}` };
  return {
    reason: 'disk-full',
    detail: `${output} cannot grow (${failure.message}); what was committed before stays readable: free some space and record again`,
  };
}

function closingMeta(stop: Stop, exitCode: number | undefined): Record<string, string | number> {
  return {
    stop_reason: stop.reason,
    stop_detail: stop.detail,
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
  };
}
