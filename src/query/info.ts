import { statSync } from 'node:fs';
import type { MemorySlot } from '../trace/read/memory-slots.js';
import type { Meta } from '../trace/read/meta.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** What a trace is and how much is in it. */
export interface TraceInfo {
  readonly path: string;
  /** Of the SQLite file. */
  readonly sizeBytes: number;
  /** Of the packed file; undefined where it is not packed. */
  readonly packedBytes: number | undefined;
  /** Whether the derived tables are in the file. */
  readonly indexed: boolean;
  /** False while it is being recorded, and permanently if its recorder was killed. */
  readonly complete: boolean;
  /** Whether nothing but kvmtrace has written to the file since it was recorded. */
  readonly unaltered: boolean;
  readonly stepCount: number;
  /** 'hlt', 'debug-exit', 'max-steps' …; 'incomplete' while not complete. */
  readonly stopReason: string;
  /** A sentence about the stop, where there is one to say. */
  readonly stopDetail: string | undefined;
  /** Everything that `meta` holds, integers as bigint. */
  readonly meta: Meta;
  readonly slots: readonly MemorySlot[];
  /** The process that is recording it just now, if one is. */
  readonly recorder: number | undefined;
  /** Rows by table. */
  readonly rows: ReadonlyMap<string, number>;
}

/** What a trace is and how much is in it; counts all rows, which takes seconds on gigabytes. */
export function traceInfo(file: TraceFile): TraceInfo {
  const { meta } = file;
  const string = (key: string): string | undefined => {
    const value = meta.get(key);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    path: file.path,
    sizeBytes: file.sizeBytes,
    packedBytes: file.isPacked ? statSync(file.path).size : undefined,
    indexed: file.derived.inFile,
    complete: meta.get('complete') === 1n,
    unaltered: file.unaltered,
    stepCount: file.stepCount,
    stopReason: string('stop_reason') ?? 'incomplete',
    stopDetail: string('stop_detail'),
    meta,
    slots: file.memory.slots,
    recorder: file.recorder,
    rows: file.rowCounts(),
  };
}
