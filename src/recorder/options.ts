import type { MachineName } from '../devices/boards/pc.js';
import type { KvmHost } from '../kvm/host/host.js';
import type { FormatName } from '../guest/formats/format-names.js';
import type { DeviceClock } from './platform-devices.js';
import type { LoadOptions } from '../guest/formats/load.js';

/** What is recorded, how, and where it goes. */
export interface RecordOptions extends LoadOptions {
  /** Path of the guest. */
  readonly guest: string;
  /** Path of the trace. */
  readonly output: string;
  /** The devices around the processor: those of a PC, which is the default, or none. */
  readonly machine?: MachineName | undefined;
  readonly maxSteps?: number | undefined;
  /** File with what the guest reads from COM1, and of a UEFI program what is typed on its console. */
  readonly portInput?: string | undefined;
  /** Replace `output` if it exists. */
  readonly force: boolean;
  readonly dirty: 'auto' | 'ring' | 'log';
  /** False: every step is made by itself, as where there is no native loop. The trace is the same. */
  readonly bursts?: boolean | undefined;
  /** Record x87, SSE and AVX registers. */
  readonly fpu: boolean;
  /** Where to begin to record (see `Trigger`): the guest gets there without being recorded. */
  readonly startAt?: string | undefined;
  /** Where to end. */
  readonly stopAt?: string | undefined;
  /** Run unstepped, and log what enters the guest: `expandLog` makes a trace of it. */
  readonly fast?: boolean | undefined;
  /** Keep only so many of the last steps, or some more; default all. */
  readonly ring?: number | undefined;
  /** What device time counts; default steps. */
  readonly clock?: DeviceClock | undefined;
  /** Steps between two snapshots; default 1,000,000. */
  readonly snapshotEvery?: number | undefined;
  /** Who runs the guest, or what starts it once all else is known to be right; default `chooseHost`. */
  readonly host?: KvmHost | (() => Promise<KvmHost>) | undefined;
  /** What the guest writes to COM1, 0xe9 and 0x402. */
  onOutput(bytes: Uint8Array): void;
  onProgress?(progress: RecordProgress): void;
  readonly signal?: AbortSignal | undefined;
}

/** How far a recording has come. */
export interface RecordProgress {
  readonly steps: number;
  readonly seconds: number;
  readonly fileBytes: number;
  readonly maxSteps: number | undefined;
}

/** How a recording ended. */
export interface RecordResult {
  /** What kind of file the guest is. */
  readonly format: FormatName;
  readonly steps: number;
  /** Of a guest that ran unstepped: what the log has. */
  readonly exits?: number | undefined;
  /** Those that are in the trace: of a ring the last ones. */
  readonly keptSteps: number;
  readonly stopReason: string;
  /** One sentence on why the recording ended. */
  readonly detail: string;
  /** What the guest gave to the debug-exit device. */
  readonly exitCode: number | undefined;
  readonly crashed: boolean;
  /** Sentences on what the user should know beside. */
  readonly notes: readonly string[];
  /** Why the guest's own symbols are not all in the trace, a sentence; undefined where they are. */
  readonly symbolsLost?: string | undefined;
  /** Of stepping. */
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly fileBytes: number;
}

/** Steps between two snapshots. */
export const DEFAULT_SNAPSHOT_EVERY = 1_000_000;
