/** Reads a trace in order of steps and hands the words over in batches. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, KvmtraceError } from '../../../base/errors.js';
import { BATCH_WORDS, BatchProducer, type QueueMemory } from '../../queue.js';
import { openTrace } from '../open.js';

/** What the thread is started with. */
export interface StepStreamData {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly queue: QueueMemory;
}

/** Why the thread gave up. */
export interface StepStreamFailure {
  readonly message: string;
  /** A KvmtraceError; anything else is a bug of kvmtrace. */
  readonly expected: boolean;
}

assert(parentPort !== null, 'the step stream thread was loaded outside of a worker');
const port = parentPort;

run(workerData as StepStreamData);

function run({ path, from, to, queue }: StepStreamData): void {
  const producer = new BatchProducer(queue);
  try {
    using trace = openTrace(path);
    let batch = producer.acquire();
    let at = 0;
    trace.stepStream().readMany(from, to, (words) => {
      // A step may span batches: a REP can write all of memory.
      for (let done = 0; done < words.length;) {
        const length = Math.min(words.length - done, BATCH_WORDS - at);
        batch.set(words.subarray(done, done + length), at);
        done += length;
        at += length;
        if (at < BATCH_WORDS) continue;
        producer.submit(at, 0);
        batch = producer.acquire();
        at = 0;
      }
      if (at > 0) {
        producer.submit(at, 0);
        batch = producer.acquire();
        at = 0;
      }
    });
  } catch (error) {
    const { message } = error as Error;
    const failure: StepStreamFailure = { message, expected: error instanceof KvmtraceError };
    port.postMessage(failure);
    producer.fail();
  }
}
