/** The steps of a trace, read ahead by a thread: the other end of trace/read/stream/step-stream-thread.ts. */
import { Worker } from 'node:worker_threads';
import { inputError, KvmtraceError } from '../../../base/errors.js';
import type { Interruption } from '../../format/event-sink.js';
import { BatchConsumer, createQueueMemory } from '../../queue.js';
import type { StepStreamData, StepStreamFailure } from './step-stream-thread.js';
import { readRare, type FedAccess, type FedInput } from './step-feed-rare.js';

export type { FedAccess, FedInput } from './step-feed-rare.js';

/** What the trace says that one step did. Valid until the next `next`. */
export interface FedStep {
  instruction: number;
  /** Where `registers` and `memory` are. */
  words: Int32Array;
  registerCount: number;
  /** Index in `words` of id, low, high of each changed register, by id. */
  registersAt: number;
  memoryCount: number;
  /** Index in `words` of gpa low, gpa high, size, low, high of each memory row. */
  memoryAt: number;
  ports: readonly FedAccess[];
  mmio: readonly FedAccess[];
  /** Delivered between this step and the next. */
  interruptions: readonly Interruption[];
  inputs: readonly FedInput[];
}

const NONE: readonly never[] = [];
/** Words of a step before its registers: see trace/read/stream/step-stream.ts. */
const HEAD_WORDS = 4;

/** Gives the steps one after the other; they are read by another thread meanwhile. */
export class StepFeed {
  readonly step: FedStep = {
    instruction: -1,
    words: new Int32Array(0),
    registerCount: 0,
    registersAt: 0,
    memoryCount: 0,
    memoryAt: 0,
    ports: NONE,
    mmio: NONE,
    interruptions: NONE,
    inputs: NONE,
  };
  readonly #worker: Worker;
  readonly #consumer: BatchConsumer;
  #batch: Int32Array = new Int32Array(0);
  #taken = false;
  #at = 0;
  readonly #failure: Promise<Error>;

  /** Feeds steps `from` up to, not including, `to`. */
  constructor(path: string, from: number, to: number) {
    const queue = createQueueMemory();
    const data: StepStreamData = { path, from, to, queue };
    this.#consumer = new BatchConsumer(queue);
    this.#worker = new Worker(new URL('./step-stream-thread.js', import.meta.url), {
      workerData: data,
    });
    this.#failure = new Promise((resolve) => {
      this.#worker.on('message', ({ message, expected }: StepStreamFailure) => {
        resolve(expected ? inputError(message) : new Error(message));
      });
      this.#worker.on('error', (error) => {
        this.#consumer.fail();
        resolve(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  /** Reads the next step into `step`; false where the thread has failed (see `failure`). */
  next(): boolean {
    if (this.#at === this.#batch.length && !this.#take()) return false;
    const length = this.#batch[this.#at]!;
    if (this.#at + length <= this.#batch.length) {
      this.#decode(this.#batch, this.#at, length);
      this.#at += length;
      return true;
    }
    const whole = this.#gather(length);
    if (whole === undefined) return false;
    this.#decode(whole, 0, length);
    return true;
  }

  /** Why `next` returned false. */
  async failure(): Promise<Error> {
    const error = await this.#failure;
    return error instanceof KvmtraceError ? error : new Error(error.message, { cause: error });
  }

  async close(): Promise<void> {
    this.#consumer.fail();
    await this.#worker.terminate();
  }

  #decode(words: Int32Array, at: number, length: number): void {
    const { step } = this;
    step.words = words;
    step.instruction = words[at + 1]!;
    step.registerCount = words[at + 2]!;
    step.registersAt = at + HEAD_WORDS;
    step.memoryCount = words[at + 3]!;
    step.memoryAt = step.registersAt + 3 * step.registerCount;
    const rareAt = step.memoryAt + 5 * step.memoryCount;
    if (rareAt < at + length) {
      Object.assign(step, readRare(words, rareAt));
    } else if (step.ports !== NONE) {
      step.ports = step.mmio = step.interruptions = step.inputs = NONE;
    }
  }

  /** Puts a step together that spans batches. */
  #gather(length: number): Int32Array | undefined {
    const whole = new Int32Array(length);
    for (let done = 0; done < length;) {
      if (this.#at === this.#batch.length && !this.#take()) return undefined;
      const piece = this.#batch.subarray(this.#at, this.#at + length - done);
      whole.set(piece, done);
      done += piece.length;
      this.#at += piece.length;
    }
    return whole;
  }

  #take(): boolean {
    if (this.#taken) this.#consumer.release();
    const batch = this.#consumer.take();
    this.#taken = batch !== undefined;
    if (batch === undefined) return false;
    this.#batch = batch.words;
    this.#at = 0;
    return true;
  }
}
