/** What a scripted vCPU does, step by step: taken from a trace, or written by hand. */
import { highWord, lowWord } from '../../../src/base/halves.js';
import type { Interruption } from '../../../src/trace/format/event-sink.js';
import { openTrace } from '../../../src/trace/read/open.js';
import type { FedAccess } from '../../../src/trace/read/stream/step-feed-rare.js';
import { StepFeed } from '../../../src/trace/read/stream/step-feed.js';
import { finalRip } from '../../../src/replay/end-check.js';

/** Words of a register (id, low, high) and of a memory row (gpa low, gpa high, size, low, high). */
export const REGISTER_WORDS = 3;
export const MEMORY_WORDS = 5;

/** What few steps have. */
export interface RareStep {
  readonly accesses: readonly ScriptedAccess[];
  /** Delivered after the step. */
  readonly deliveries: readonly Interruption[];
  /** The step is a software interrupt. */
  readonly software: Interruption | undefined;
  /** KVM refused the instruction, and kvmtrace carried it out. */
  readonly isRefused: boolean;
  /** Pages that were written without being changed. */
  readonly unchangedPages: readonly number[];
}

/** An access to a port or to MMIO. */
export interface ScriptedAccess extends FedAccess {
  readonly kind: 'port' | 'mmio';
}

/** Steps as flat words, so that playing one costs next to nothing. */
export interface Script {
  readonly count: number;
  /** rip before each step, and after the last: low and high word by turns. */
  readonly rips: Int32Array;
  /** Where each step begins in `words`, and where the last ends. */
  readonly starts: Int32Array;
  /** A step: the numbers of registers and of memory rows, then those. */
  readonly words: Int32Array;
  readonly rare: ReadonlyMap<number, RareStep>;
  /** Why the guest ended: `meta.stop_reason`. */
  readonly stopReason: string;
}

/** Reads a whole trace. */
export async function scriptOf(path: string): Promise<Script> {
  using trace = openTrace(path);
  const count = trace.stepCount;
  const rips = new Int32Array(2 * (count + 1));
  const starts = new Int32Array(count + 1);
  const words: number[] = [];
  const rare = new Map<number, RareStep>();
  const refused = new Set(trace.events.assisted(0, count));
  const unchanged = unchangedPages(trace.query('SELECT step, page FROM unchanged_page').rows);
  const putRip = (step: number, rip: bigint): void => {
    rips[2 * step] = lowWord(rip);
    rips[2 * step + 1] = highWord(rip);
  };
  const feed = new StepFeed(path, 0, count);
  try {
    for (let n = 0; n < count; n++) {
      if (!feed.next()) throw await feed.failure();
      const { step } = feed;
      starts[n] = words.length;
      putRip(n, trace.instructions.byId(step.instruction, n).rip);
      words.push(step.registerCount, step.memoryCount);
      const end = step.memoryAt + MEMORY_WORDS * step.memoryCount;
      for (let i = step.registersAt; i < end; i++) words.push(step.words[i]!);
      const { ports, mmio, interruptions } = step;
      const isRare = ports.length + mmio.length + interruptions.length > 0;
      if (!isRare && !refused.has(n) && !unchanged.has(n)) continue;
      rare.set(n, {
        accesses: [
          ...ports.map((access) => ({ ...access, kind: 'port' as const })),
          ...mmio.map((access) => ({ ...access, kind: 'mmio' as const })),
        ],
        deliveries: interruptions.filter(({ kind }) => kind !== 'software'),
        software: interruptions.find(({ kind }) => kind === 'software'),
        isRefused: refused.has(n),
        unchangedPages: unchanged.get(n) ?? [],
      });
    }
  } finally {
    await feed.close();
  }
  starts[count] = words.length;
  putRip(count, finalRip(trace) ?? 0n);
  const stopReason = String(trace.meta.get('stop_reason'));
  return { count, rips, starts, words: Int32Array.from(words), rare, stopReason };
}

function unchangedPages(rows: Iterable<readonly unknown[]>): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [step, page] of rows) {
    const pages = found.get(Number(step));
    if (pages === undefined) found.set(Number(step), [Number(page)]);
    else pages.push(Number(page));
  }
  return found;
}
