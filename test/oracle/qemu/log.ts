/** Reads QEMU's log as it is written: a gigabyte of it is never kept. */
import { LogState } from './log-state.js';

/** An exception or interrupt that QEMU delivered (`-d int`). */
export interface LoggedInterrupt {
  readonly vector: number;
  readonly errorCode: number;
  /** By INT n, INT3, INT1 or INTO. */
  readonly software: boolean;
}

const MARK = Buffer.from('Trace ');
const NEWLINE = 10;
const INTERRUPT = /^ *\d+: v=([0-9a-f]+) e=([0-9a-f]+) i=(\d)/gm;

export interface LogEntry {
  /** The state before the instruction; reused. */
  readonly state: LogState;
  /** False if the instruction did not run and has another entry. */
  readonly ran: boolean;
  /** What was delivered during or right after the instruction. */
  readonly interrupts: readonly LoggedInterrupt[];
}

const NONE: readonly LoggedInterrupt[] = [];

/**
 * Written when another thread of QEMU asks for attention after the entry is logged and before its
 * instruction runs: it is begun, and logged, once more.
 */
const STOPPED = 'Stopped execution of TB chain before';

/** The entries of the log: one for each instruction begun, and for each iteration of a REP. */
export async function* readLog(stream: AsyncIterable<Buffer>): AsyncGenerator<LogEntry> {
  const state = new LogState();
  let log: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    log = log.length === 0 ? chunk : Buffer.concat([log, chunk]);
    let start = log.indexOf(MARK);
    if (start < 0) continue;
    // An entry is whole when the next one begins.
    for (let next; (next = log.indexOf(MARK, start + 1)) >= 0; start = next) {
      const entry = parseEntry(log, start, next, state);
      if (entry !== undefined) yield entry;
    }
    log = log.subarray(start);
  }
  if (log.length > 0) {
    const entry = parseEntry(log, 0, log.length, state);
    if (entry !== undefined) yield entry;
  }
}

function parseEntry(
  log: Buffer,
  start: number,
  end: number,
  state: LogState,
): LogEntry | undefined {
  const dump = log.indexOf(NEWLINE, start) + 1;
  const dumpEnd = state.parse(log, dump);
  if (dumpEnd < 0) return undefined;
  if (dumpEnd === end) return { state, ran: true, interrupts: NONE };
  const text = log.toString('latin1', dumpEnd, end);
  const interrupts = Array.from(text.matchAll(INTERRUPT), ([, vector, errorCode, software]) => ({
    vector: parseInt(vector!, 16),
    errorCode: parseInt(errorCode!, 16),
    software: software === '1',
  }));
  return { state, ran: !text.startsWith(STOPPED), interrupts };
}
