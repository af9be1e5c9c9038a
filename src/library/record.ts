/** `kvmtrace/record`: recording guests, and running recordings again. Needs Linux on x86-64. */
import { inputError } from '../base/errors.js';
import { recordGuest, type RecordOptions, type RecordResult } from '../recorder/record.js';
import type { Divergence } from '../replay/divergence.js';
import { replay as replayTrace, type ReplayProgress } from '../replay/replayer.js';
import { openTrace } from '../trace/read/open.js';
import { openHost, type HostChoiceOptions } from './host.js';

export { KvmtraceError } from '../base/errors.js';
export { FORMAT_NAMES, type FormatName } from '../guest/formats/format-names.js';
export type { GuestMode } from '../guest/mode.js';
export type { RecordProgress, RecordResult } from '../recorder/options.js';
export type { Difference, Divergence } from '../replay/divergence.js';
export type { ReplayProgress } from '../replay/replayer.js';
export type { HostChoiceOptions } from './host.js';

/** How to record; everything has the default of `kvmtrace record`. */
export interface RecordSettings
  extends Partial<Omit<RecordOptions, 'guest' | 'output' | 'host'>>, HostChoiceOptions {}

/**
 * Records a guest until it stops, a limit is reached or `signal` is aborted.
 *
 * @param guest path of its file
 * @param output path of the trace
 * @throws KvmtraceError for what is wrong with guest or options (exit code 2) or with the machine (3); no
 * file is left then, and none that was there is lost
 * @example
 * const { steps, stopReason } = await record('guest.elf', 'guest.db', { maxSteps: 1000 });
 */
export async function record(
  guest: string,
  output: string,
  settings: RecordSettings = {},
): Promise<RecordResult> {
  const { host, device, ...options } = settings;
  return await recordGuest({
    ...DEFAULTS,
    ...options,
    guest,
    output,
    host: () => openHost({ host, device }, settings.signal),
  });
}

const DEFAULTS = {
  format: 'auto',
  force: false,
  dirty: 'auto',
  fpu: true,
  onOutput: () => undefined,
} as const satisfies Partial<RecordOptions>;

/** What to replay, and on what; by default all of the trace. */
export interface ReplaySettings extends HostChoiceOptions {
  /** The state from which on it matters; the snapshot before it is where it really begins. Default 0. */
  readonly from?: number | undefined;
  /** The state at which to end; default the last. */
  readonly to?: number | undefined;
  /** How KVM tells which pages were written. */
  readonly dirty?: 'auto' | 'ring' | 'log' | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called some 25 times a second. */
  readonly onProgress?: ((progress: ReplayProgress) => void) | undefined;
}

/** What a replay found. */
export interface ReplayResult {
  /** Every step that was run did what the trace says. */
  readonly identical: boolean;
  /** The first thing that did not. */
  readonly divergence: Divergence | undefined;
  /** The state of the snapshot at which it began. */
  readonly start: number;
  /** Steps that were run and compared; fewer than asked for where `signal` ended it. */
  readonly steps: number;
  /** Answers and interrupts that were fed from the trace. */
  readonly inputs: number;
  readonly seconds: number;
}

/**
 * Runs a recording again, feeding what was recorded, and compares every step.
 *
 * @param path of the trace
 * @throws KvmtraceError (exit code 2) for a damaged trace and for states that it does not have, (3) where
 * this machine cannot run it
 * @example
 * const { identical, steps } = await replay('guest.db', { to: 1000 });
 */
export async function replay(path: string, settings: ReplaySettings = {}): Promise<ReplayResult> {
  using trace = openTrace(path);
  const { host, device, from = 0, to = trace.stepCount, ...options } = settings;
  const isRange = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to;
  if (!isRange || to > trace.stepCount) {
    throw inputError(
      `${path} cannot be replayed from state ${from} to ${to}: its states are 0 to ${trace.stepCount}.`,
    );
  }
  const outcome = await replayTrace(trace, {
    ...options,
    from,
    to,
    host: await openHost({ host, device }, settings.signal),
  });
  const { divergence, start, steps, inputs, seconds } = outcome;
  return { identical: divergence === undefined, divergence, start, steps, inputs, seconds };
}
