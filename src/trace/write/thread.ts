/** The writer thread: takes batches from the queue until the end event or a failure. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/errors.js';
import type { TraceHeader } from './header.js';
import { BATCH_SPLITS_STEP, BatchConsumer, type QueueMemory } from '../queue.js';
import { TraceWriter } from './trace-writer.js';

/** What the thread is started with. */
export interface WriterThreadData {
  readonly header: TraceHeader;
  readonly queue: QueueMemory;
}

/** What the thread says: once when the file exists, once when it is done. */
export type WriterMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

assert(parentPort !== null, 'the writer thread was loaded outside of a worker');
const port = parentPort;
const say = (message: WriterMessage): void => {
  port.postMessage(message);
};

run(workerData as WriterThreadData);

/** What the recorder has said before it gave up. */
function whyAbandoned(): string {
  const { message = '' } = (receiveMessageOnPort(port) ?? {}) as { message?: string };
  return message;
}

function run({ header, queue }: WriterThreadData): void {
  const consumer = new BatchConsumer(queue);
  let writer: TraceWriter | undefined;
  try {
    writer = new TraceWriter(header);
    say({ kind: 'ready' });
    let closed = false;
    while (!closed) {
      const batch = consumer.take();
      if (batch === undefined) throw new Error(whyAbandoned());
      closed = writer.apply(batch.words, (batch.flags & BATCH_SPLITS_STEP) !== 0);
      consumer.release();
    }
    say({ kind: 'closed' });
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    const full = code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR');
    writer?.abandon(full ? 'disk-full' : 'error', message);
    consumer.fail();
    say({ kind: 'failed', code, message });
  }
}
