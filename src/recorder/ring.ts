/**
 * A flight recorder: keeps the last steps of a recording in files of events, a segment each, and makes a
 * trace of them when it closes. Memory is bounded by a batch, disk by the ring and the guest's memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inputError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import type { Code } from '../stepper/code-cache.js';
import { EventKind, eventEnd } from '../trace/format/events.js';
import { EventFileSink, readEventFile } from '../trace/write/event-file.js';
import type { TraceHeader } from '../trace/write/header.js';
import { EventJoiner } from '../trace/write/join-events.js';
import { TraceRecording, WriterError } from '../trace/write/recording.js';
import { EventStream } from '../trace/write/stream.js';
import { sendInstruction } from './send-instruction.js';

/** The ring is this many segments, and one that is being filled. */
const SEGMENTS = 4;

interface Segment {
  readonly name: string;
  /** Step at which it begins. */
  readonly start: number;
}

/** What a recorder writes into: a trace, or the ring of which one is made. */
export type Recording = Pick<TraceRecording, 'stream' | 'close' | 'abandon'>;

/** The files of the segments that are kept. */
export class RingRecording implements Recording {
  readonly stream: EventStream;
  /** Steps of a segment. */
  readonly segmentSteps: number;
  readonly #header: TraceHeader;
  readonly #steps: number;
  readonly #directory: string;
  readonly #sink = new EventFileSink();
  readonly #codes: Code[] = [];
  #segments: Segment[] = [];

  /**
   * @param steps how many at least are kept
   * @throws KvmtraceError (2) where there is no writing beside the trace
   */
  constructor(header: TraceHeader, steps: number) {
    this.#header = header;
    this.#steps = steps;
    this.segmentSteps = Math.ceil(steps / SEGMENTS);
    try {
      this.#directory = mkdtempSync(`${header.path}.ring-`);
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException;
      throw inputError(
        `the ring of ${header.path} cannot be written beside it (${code}): give another path with ${option('output')}`,
        error,
      );
    }
    this.#sink.open(this.#file('none', 'steps'));
    this.stream = new EventStream(this.#sink);
  }

  /** Steps that were recorded and are not kept. */
  get dropped(): number {
    return this.#segments[0]?.start ?? 0;
  }

  /** An instruction that was never met before. */
  define(code: Code): void {
    this.#codes[code.id] = code;
  }

  /**
   * Begins a segment with the state before step `step`.
   *
   * @param sendNext sends it as the next snapshot of a trace
   * @param sendFirst sends it as the beginning of one
   */
  begin(step: number, sendNext: () => void, sendFirst: () => void): void {
    const { stream } = this;
    stream.stepDone();
    const segment = { name: String(step), start: step };
    for (const [part, send] of [
      ['next', sendNext],
      ['first', sendFirst],
    ] as const) {
      stream.flush();
      this.#sink.open(this.#file(segment.name, part));
      stream.hold();
      send();
      stream.stepDone();
    }
    stream.flush();
    this.#sink.open(this.#file(segment.name, 'steps'));
    this.#segments.push(segment);
    while (this.#segments.length > 1 && step - this.#segments[1]!.start >= this.#steps) {
      this.#remove(this.#segments.shift()!);
    }
  }

  async close(
    finalRip: bigint,
    meta: Record<string, string | number>,
  ): Promise<WriterError | undefined> {
    this.stream.flush();
    this.#sink.close();
    const { failure } = this.#sink;
    try {
      if (failure !== undefined) return writerError(failure);
      this.#writeInstructions();
      const trace = await TraceRecording.create(this.#traceHeader());
      const joiner = new EventJoiner(trace.stream);
      for (const file of this.#files()) {
        for (const batch of readEventFile(file)) joiner.send(batch);
      }
      return await trace.close(finalRip, meta);
    } catch (error) {
      if (error instanceof WriterError) return error;
      throw error;
    } finally {
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }

  async abandon(): Promise<void> {
    this.#sink.close();
    rmSync(this.#directory, { recursive: true, force: true });
    await Promise.resolve();
  }

  /** What the trace is made of, in order. */
  #files(): string[] {
    const parts = this.#segments.flatMap(({ name }, index) =>
      (index === 0 ? (['first', 'steps'] as const) : (['next', 'steps'] as const)).map((part) =>
        this.#file(name, part),
      ),
    );
    return [this.#file('all', 'instructions'), ...parts];
  }

  /** Those that the steps have run: what ran before them alone is no part of the trace. */
  #writeInstructions(): void {
    const used = new Set<number>();
    for (const { name } of this.#segments) {
      for (const { words } of readEventFile(this.#file(name, 'steps'))) {
        for (let at = 0; at < words.length; at = eventEnd(words, at)) {
          if ((words[at]! & 0xff) === EventKind.step) used.add(words[at + 1]!);
        }
      }
    }
    this.#sink.open(this.#file('all', 'instructions'));
    for (const code of this.#codes) if (used.has(code.id)) sendInstruction(this.stream, code);
    this.stream.flush();
    this.#sink.close();
  }

  #traceHeader(): TraceHeader {
    const { meta } = this.#header;
    const { dropped } = this;
    const before =
      meta['start_at'] === undefined ? (meta['steps_before'] ?? 0) : meta['steps_before'];
    return {
      ...this.#header,
      meta: {
        ...meta,
        ring: this.#steps,
        snapshot_every: this.segmentSteps,
        steps_dropped: dropped,
        ...(before === undefined ? {} : { steps_before: Number(before) + dropped }),
      },
    };
  }

  #file(segment: string, part: 'first' | 'next' | 'steps' | 'instructions'): string {
    return join(this.#directory, `${segment}.${part}`);
  }

  #remove({ name }: Segment): void {
    for (const part of ['first', 'next', 'steps'] as const) {
      rmSync(this.#file(name, part), { force: true });
    }
  }
}

function writerError({ code = '', message }: NodeJS.ErrnoException): WriterError {
  return new WriterError(code === 'ENOSPC' ? 'SQLITE_FULL' : code, message);
}
