/** A trace being written: the stream to feed, and the thread behind it. */
import { Worker } from 'node:worker_threads';
import type { TraceHeader } from './header.js';
import { BatchProducer, createQueueMemory } from '../queue.js';
import { EventStream } from './stream.js';
import type { WriterMessage, WriterThreadData } from './thread.js';

/** The writer thread could not write the file. */
export class WriterError extends Error {
  /** SQLite's result code, such as SQLITE_FULL, where it was SQLite. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'WriterError';
    this.code = code;
  }
}

/** A trace that is being written. */
export class TraceRecording {
  readonly stream: EventStream;
  readonly #worker: Worker;
  readonly #producer: BatchProducer;
  readonly #outcome: Promise<WriterError | undefined>;

  private constructor(
    worker: Worker,
    producer: BatchProducer,
    outcome: Promise<WriterError | undefined>,
  ) {
    this.stream = new EventStream(producer);
    this.#worker = worker;
    this.#producer = producer;
    this.#outcome = outcome;
  }

  /**
   * Creates the file and starts the writer thread.
   *
   * @throws WriterError where the file cannot be created
   */
  static async create(header: TraceHeader): Promise<TraceRecording> {
    const queue = createQueueMemory();
    const data: WriterThreadData = { header, queue };
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: data });
    let ready: () => void = () => undefined;
    const started = new Promise<undefined>((resolve) => {
      ready = () => {
        resolve(undefined);
      };
    });
    const outcome = new Promise<WriterError | undefined>((resolve) => {
      worker.on('message', (message: WriterMessage) => {
        if (message.kind === 'ready') ready();
        else if (message.kind === 'closed') resolve(undefined);
        else resolve(new WriterError(message.code, message.message));
      });
      worker.on('error', (error) => {
        resolve(new WriterError('', error instanceof Error ? error.message : String(error)));
      });
      worker.on('exit', () => {
        resolve(new WriterError('', 'the thread that writes the trace has ended'));
      });
    });
    const failure = await Promise.race([started, outcome]);
    if (failure !== undefined) throw failure;
    return new TraceRecording(worker, new BatchProducer(queue), outcome);
  }

  /**
   * Ends the stream and waits until the file is closed.
   *
   * @returns the failure of the writer, if it had one: what it committed stays readable
   */
  async close(
    finalRip: bigint,
    meta: Record<string, string | number>,
  ): Promise<WriterError | undefined> {
    if (!this.stream.failed) this.stream.end(finalRip, meta);
    return this.#outcome;
  }

  /**
   * Ends the writer where the stream cannot be ended. What it has committed stays, and `detail` becomes
   * the reason why the trace ends there.
   */
  async abandon(detail: string): Promise<void> {
    this.#worker.postMessage(detail);
    this.#producer.fail();
    await this.#outcome;
  }
}
