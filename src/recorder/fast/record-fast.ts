import type { Session } from '../../capture/session.js';
import type { Stop } from '../../machine/stop.js';
import { isCrash } from '../../machine/stop.js';
import type { FormatName } from '../../guest/formats/format-names.js';
import { machineError } from '../../base/errors.js';
import { FastLogWriter } from '../../trace/fast/fast-log-writer.js';
import { fileSize, removeTrace } from '../files.js';
import type { RecordResult } from '../options.js';
import type { RecordedMachine, RunOptions } from '../record-machine.js';
import { FastRun } from './run-fast.js';

/**
 * Runs a machine unstepped until it stops, and logs what enters it.
 *
 * @param markPages marks the pages that are not zero
 */
export async function recordFast(
  { machine, side, devices, header }: RecordedMachine,
  options: RunOptions,
  markPages: (session: Session) => void,
): Promise<RecordResult> {
  const { output, force, signal, snapshotEvery } = options;
  if (force) removeTrace(output);
  let log: FastLogWriter;
  try {
    log = new FastLogWriter(header);
  } catch (error) {
    throw machineError(
      `the log ${output} cannot be written (${error instanceof Error ? error.message : String(error)}): give another path`,
      error,
    );
  }
  const start = performance.now();
  const onTurn = (): void => {
    devices.flushOutput();
  };
  const parts = { machine, side, devices, log, stretchEntries: snapshotEvery, signal, onTurn };
  const stop: Stop = await new FastRun(parts, markPages).run();
  const seconds = (performance.now() - start) / 1000;
  devices.flushOutput();
  const crashed = isCrash(stop.reason);
  const { exitCode } = devices;
  log.close({
    stop_reason: stop.reason,
    stop_detail: stop.detail,
    // The last stretch marks the end, but where the guest crashed within it.
    stop_cut: crashed ? 0 : 1,
    recorded_at: new Date().toISOString(),
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
  });
  return {
    format: header.meta['guest_format'] as FormatName,
    ...{ steps: 0, keptSteps: 0, stepsPerSecond: 0 },
    exits: log.entries,
    stopReason: stop.reason,
    detail: stop.detail,
    exitCode,
    crashed,
    notes: devices.notes,
    seconds,
    fileBytes: fileSize(output),
  };
}
