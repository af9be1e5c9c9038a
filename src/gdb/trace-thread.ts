/**
 * The thread that has the trace open and answers packets. Searches keep it busy; the thread that reads
 * from gdb stays free to see that it wants one to end.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { parseStepPosition } from '../query/places/place.js';
import { assert, KvmtraceError } from '../base/errors.js';
import { Position } from '../query/position.js';
import { Trace } from '../query/trace.js';
import { findGuestFile } from './guest-file.js';
import type { Bits } from './register.js';
import { Session } from './session.js';

/** What the thread is started with. */
export interface TraceThreadData {
  /** Path of the trace. */
  readonly path: string;
  /** The state to begin at, as on the command line. */
  readonly at: string;
  readonly bits: Bits | undefined;
  /** A file with symbols to serve instead of the guest's. */
  readonly symbols: string | undefined;
  /** One number, not 0 while gdb wants a search to end. */
  readonly interrupt: Int32Array;
}

/** What the thread is sent. */
export type ToTraceThread =
  { readonly kind: 'connect' } | { readonly kind: 'packet'; readonly payload: string };

/** What the thread sends. */
export type FromTraceThread =
  | {
      readonly kind: 'ready';
      readonly step: number;
      readonly stepCount: number;
      readonly guestFile: string | undefined;
    }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: 2 | 3 }
  | { readonly kind: 'print' | 'notice'; readonly text: string }
  | { readonly kind: 'answer'; readonly payload: string | undefined };

assert(parentPort !== null, 'the thread of a trace was loaded outside of a worker');
const port = parentPort;
const say = (message: FromTraceThread): void => {
  port.postMessage(message);
};

serve(workerData as TraceThreadData);

function serve({ path, at, bits, symbols, interrupt }: TraceThreadData): void {
  try {
    const trace = Trace.open(path);
    const position = new Position(trace, parseStepPosition(at, '--at', trace.stepCount + 1, trace));
    const guestFile = symbols ?? guestFileOf(trace);
    let session: Session | undefined;
    port.on('message', (message: ToTraceThread) => {
      if (message.kind === 'packet') {
        say({ kind: 'answer', payload: session?.answer(message.payload) });
        return;
      }
      session?.close();
      session = new Session({
        ...{ position, bits, guestFile },
        isInterrupted: () => Atomics.load(interrupt, 0) !== 0,
        print: (text) => {
          say({ kind: 'print', text });
        },
        notice: (text) => {
          say({ kind: 'notice', text });
        },
      });
    });
    say({ kind: 'ready', step: position.step, stepCount: trace.stepCount, guestFile });
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
    say({ kind: 'failed', message: error.message, exitCode: error.exitCode });
  }
}

function guestFileOf({ meta }: Trace): string | undefined {
  const text = (key: string): string | undefined => {
    const value = meta.get(key);
    return typeof value === 'string' ? value : undefined;
  };
  return findGuestFile({ path: text('guest'), sha256: text('guest_sha256') });
}
