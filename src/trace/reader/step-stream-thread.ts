/** Reads a trace in order of steps and hands the words over in batches. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, KvmtraceError } from '../../errors.js';
import { BATCH_WORDS, BatchProducer, type QueueMemory } from '../queue.js';
import { openTrace } from './open.js';

export interface StepStreamData {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly queue: QueueMemory;
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
    const put = (words: number[]): void => {
      // A step may span batches: a REP can write all of memory.
      for (const word of words) {
        if (at === BATCH_WORDS) {
          producer.submit(at, 0);
          batch = producer.acquire();
          at = 0;
        }
        batch[at++] = word;
      }
    };
    trace.stepStream().read(from, to, put);
    if (at > 0) producer.submit(at, 0);
  } catch (error) {
    producer.fail();
    const { message } = error as Error;
    port.postMessage({ message, expected: error instanceof KvmtraceError });
  }
}
