/** The steps of a trace, read ahead by a thread: the other end of reader/step-stream-thread.ts. */
import { Worker } from 'node:worker_threads';
import { inputError } from '../errors.js';
import { INPUT_KINDS, INTERRUPTION_KINDS, InterruptionFlag } from './events.js';
import type { Interruption } from './event-sink.js';
import { BatchConsumer, createQueueMemory } from './queue.js';
import type { StepStreamData } from './reader/step-stream-thread.js';

export interface FedAccess {
  readonly write: boolean;
  readonly size: number;
  readonly count: number;
  /** Port or gpa. */
  readonly address: number;
  readonly data: Uint8Array;
}

/** What the trace says that one step did. Valid until the next `next`. */
export interface FedStep {
  instruction: number;
  registerCount: number;
  /** id, low, high of each changed register. */
  readonly registers: number[];
  memoryCount: number;
  /** gpa low, gpa high, size, low, high of each memory row. */
  readonly memory: number[];
  ports: readonly FedAccess[];
  mmio: readonly FedAccess[];
  interruptions: readonly Interruption[];
  inputs: readonly { kind: (typeof INPUT_KINDS)[number]; low: number; high: number }[];
}

const NONE: readonly never[] = [];

export class StepFeed {
  readonly step: FedStep = {
    instruction: -1,
    registerCount: 0,
    registers: [],
    memoryCount: 0,
    memory: [],
    ports: NONE,
    mmio: NONE,
    interruptions: NONE,
    inputs: NONE,
  };
  readonly #worker: Worker;
  readonly #consumer: BatchConsumer;
  #batch: Int32Array | undefined;
  #at = 0;
  #failure: Promise<string>;

  /** Feeds steps `from` up to, not including, `to`. */
  constructor(path: string, from: number, to: number) {
    const queue = createQueueMemory();
    const data: StepStreamData = { path, from, to, queue };
    this.#consumer = new BatchConsumer(queue);
    this.#worker = new Worker(new URL('./reader/step-stream-thread.js', import.meta.url), {
      workerData: data,
    });
    this.#failure = new Promise((resolve) => {
      this.#worker.on('message', ({ message }: { message: string }) => {
        resolve(message);
      });
      this.#worker.on('error', (error) => {
        resolve(String(error));
      });
    });
  }

  /** Reads the next step into `step`; false where the thread has failed (see `failure`). */
  next(): boolean {
    const { step } = this;
    try {
      step.instruction = this.#word();
      step.registerCount = this.#word();
      for (let i = 0; i < step.registerCount * 3; i++) step.registers[i] = this.#word();
      step.memoryCount = this.#word();
      for (let i = 0; i < step.memoryCount * 5; i++) step.memory[i] = this.#word();
      step.ports = this.#list(() => this.#port());
      step.mmio = this.#list(() => this.#mmio());
      step.interruptions = this.#list(() => this.#interruption());
      step.inputs = this.#list(() => ({
        kind: INPUT_KINDS[this.#word()]!,
        low: this.#word(),
        high: this.#word(),
      }));
      return true;
    } catch (error) {
      if (error instanceof FeedEnded) return false;
      throw error;
    }
  }

  /** Why `next` returned false. */
  async failure(): Promise<Error> {
    return inputError(await this.#failure);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #word(): number {
    if (this.#batch === undefined || this.#at === this.#batch.length) this.#take();
    return this.#batch![this.#at++]!;
  }

  #take(): void {
    if (this.#batch !== undefined) this.#consumer.release();
    const batch = this.#consumer.take();
    if (batch === undefined) throw new FeedEnded();
    this.#batch = batch.words;
    this.#at = 0;
  }

  #list<T>(read: () => T): readonly T[] {
    const count = this.#word();
    return count === 0 ? NONE : Array.from({ length: count }, read);
  }

  #bytes(): Uint8Array {
    const length = this.#word();
    const words = Int32Array.from({ length: (length + 3) >> 2 }, () => this.#word());
    return new Uint8Array(words.buffer, 0, length);
  }

  #port(): FedAccess {
    const write = this.#word() === 1;
    const address = this.#word();
    const size = this.#word();
    const count = this.#word();
    return { write, address, size, count, data: this.#bytes() };
  }

  #mmio(): FedAccess {
    const write = this.#word() === 1;
    const low = this.#word() >>> 0;
    const address = this.#word() * 0x1_0000_0000 + low;
    const data = this.#bytes();
    return { write, address, size: data.length, count: 1, data };
  }

  #interruption(): Interruption {
    const kind = INTERRUPTION_KINDS[this.#word()]!;
    const vector = this.#word();
    const flags = this.#word();
    const errorCode = this.#word();
    const cr2 = this.#wide();
    const rip = this.#wide();
    return {
      kind,
      vector,
      errorCode: (flags & InterruptionFlag.errorCode) === 0 ? undefined : errorCode,
      cr2: (flags & InterruptionFlag.cr2) === 0 ? undefined : cr2,
      rip,
      assisted: (flags & InterruptionFlag.assisted) !== 0,
    };
  }

  #wide(): bigint {
    const low = this.#word() >>> 0;
    return (BigInt(this.#word() >>> 0) << 32n) | BigInt(low);
  }
}

class FeedEnded extends Error {}
