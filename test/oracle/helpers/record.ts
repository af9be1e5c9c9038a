import { join } from 'node:path';
import type { GuestMode } from '../../../src/guest/mode.js';
import { patience } from '../../helpers/host.js';
import {
  recordGuest,
  type RecordOptions,
  type RecordResult,
} from '../../../src/recorder/record.js';

export interface FlatGuest {
  readonly path: string;
  readonly mode: GuestMode;
  readonly load: number;
}

export interface OracleRecording extends RecordResult {
  /** Path of the trace. */
  readonly trace: string;
}

/** A recording that takes longer than this has gone wrong. */
const TIMEOUT_MS = 120_000;

export interface RecordLimits {
  readonly maxSteps?: number;
  readonly timeoutMs?: number;
}

/** Records a flat guest, or an ELF given by its path, into `t.db` of the directory. */
export async function record(
  guest: FlatGuest | string,
  directory: string,
  { maxSteps, timeoutMs = TIMEOUT_MS }: RecordLimits = {},
): Promise<OracleRecording> {
  const trace = join(directory, 't.db');
  const result = await recordGuest({
    ...imageOptions(guest),
    ...{ output: trace, force: true, dirty: 'auto', fpu: false, maxSteps },
    signal: AbortSignal.timeout(patience(timeoutMs)),
    onOutput: () => undefined,
  });
  return { ...result, trace };
}

type ImageOptions = Pick<RecordOptions, 'guest' | 'format' | 'mode' | 'load' | 'memory'>;

function imageOptions(guest: FlatGuest | string): ImageOptions {
  if (typeof guest === 'string') return { guest, format: 'auto' };
  const { path, mode, load } = guest;
  return { guest: path, format: 'flat', mode, load: BigInt(load), memory: 4 * 1024 ** 2 };
}
