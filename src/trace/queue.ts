/**
 * A bounded single-producer, single-consumer queue of batches in shared memory. The producer blocks
 * when the consumer is `BATCHES` behind: back-pressure instead of unbounded memory.
 */

/** Words in a batch (1 MiB): about 40,000 steps, a quarter of a second of stepping. */
export const BATCH_WORDS = 1 << 18;
const BATCHES = 8;
/** How often a waiting end looks whether the other has failed. */
const WAIT_MS = 100;

/** Indexes into the control words. */
const PRODUCED = 0;
const CONSUMED = 1;
const FAILED = 2;
const LENGTHS = 4;
const FLAGS = LENGTHS + BATCHES;
const CONTROL_WORDS = FLAGS + BATCHES;

/** The batch ends inside a step: the consumer must not commit after it. */
export const BATCH_SPLITS_STEP = 1;

/** The shared memory of a queue, which is handed to the other thread. */
export interface QueueMemory {
  readonly control: SharedArrayBuffer;
  readonly batches: readonly SharedArrayBuffer[];
}

/** Memory for a queue that is empty. */
export function createQueueMemory(): QueueMemory {
  return {
    control: new SharedArrayBuffer(CONTROL_WORDS * 4),
    batches: Array.from({ length: BATCHES }, () => new SharedArrayBuffer(BATCH_WORDS * 4)),
  };
}

/** Takes batches of events, one after another. */
export interface BatchSink {
  /** True once nothing that is sent is kept any more. */
  readonly failed: boolean;
  /** The batch to fill next: BATCH_WORDS words. */
  acquire(): Int32Array;
  /** Hands over the first `length` words of it. */
  submit(length: number, flags: number): void;
}

/** The end that fills batches. */
export class BatchProducer implements BatchSink {
  readonly #control: Int32Array;
  readonly #batches: readonly Int32Array[];

  constructor(memory: QueueMemory) {
    this.#control = new Int32Array(memory.control);
    this.#batches = memory.batches.map((buffer) => new Int32Array(buffer));
  }

  /** True once the consumer has given up; nothing sent after that is written. */
  get failed(): boolean {
    return Atomics.load(this.#control, FAILED) !== 0;
  }

  /** The batch to fill next; blocks until there is one, or returns a dead one after a failure. */
  acquire(): Int32Array {
    const produced = this.#control[PRODUCED]!;
    for (;;) {
      const consumed = Atomics.load(this.#control, CONSUMED);
      if (produced - consumed < BATCHES || this.failed) break;
      Atomics.wait(this.#control, CONSUMED, consumed, WAIT_MS);
    }
    return this.#batches[produced % BATCHES]!;
  }

  /** Tells the consumer that nothing more will come. */
  fail(): void {
    Atomics.store(this.#control, FAILED, 1);
    Atomics.notify(this.#control, PRODUCED);
  }

  /** Hands the acquired batch over. */
  submit(length: number, flags: number): void {
    const produced = this.#control[PRODUCED]!;
    this.#control[LENGTHS + (produced % BATCHES)] = length;
    this.#control[FLAGS + (produced % BATCHES)] = flags;
    Atomics.store(this.#control, PRODUCED, produced + 1);
    Atomics.notify(this.#control, PRODUCED);
  }
}

/** The end that empties batches. */
export class BatchConsumer {
  readonly #control: Int32Array;
  readonly #batches: readonly Int32Array[];

  constructor(memory: QueueMemory) {
    this.#control = new Int32Array(memory.control);
    this.#batches = memory.batches.map((buffer) => new Int32Array(buffer));
  }

  /** Blocks for the next batch; undefined once the producer has given up. */
  take(): { readonly words: Int32Array; readonly flags: number } | undefined {
    const consumed = this.#control[CONSUMED]!;
    while (Atomics.load(this.#control, PRODUCED) === consumed) {
      if (Atomics.load(this.#control, FAILED) !== 0) return undefined;
      Atomics.wait(this.#control, PRODUCED, consumed, WAIT_MS);
    }
    const slot = consumed % BATCHES;
    return {
      words: this.#batches[slot]!.subarray(0, this.#control[LENGTHS + slot]),
      flags: this.#control[FLAGS + slot]!,
    };
  }

  /** Gives the batch taken last back to the producer. */
  release(): void {
    Atomics.add(this.#control, CONSUMED, 1);
    Atomics.notify(this.#control, CONSUMED);
  }

  /** Tells the producer that nothing more will be consumed. */
  fail(): void {
    Atomics.store(this.#control, FAILED, 1);
    Atomics.notify(this.#control, CONSUMED);
  }
}
