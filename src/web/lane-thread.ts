/** A thread with the traces open that answers questions, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, KvmtraceError } from '../base/errors.js';
import { toJson } from '../base/json.js';
import { Trace } from '../query/trace.js';
import { Arguments } from './arguments.js';
import type { Traces } from './question.js';
import { QUESTIONS } from './questions/index.js';

/** What a thread is started with. */
export interface LaneThreadData {
  /** Paths of the traces. */
  readonly a: string;
  readonly b: string | undefined;
}

/** A question: `side` is the trace that it is about. */
export interface ToLane {
  readonly id: number;
  readonly name: string;
  readonly side: 'a' | 'b';
  readonly args: unknown;
}

/** An answer: JSON, or the sentence that says why there is none. */
export type FromLane =
  | { readonly id: number; readonly json: string }
  | { readonly id: number; readonly problem: string; readonly status: 400 | 500 };

assert(parentPort !== null, 'the thread of a lane was loaded outside of a worker');
const port = parentPort;
const paths = workerData as LaneThreadData;
let traces: Traces | undefined;
let working = false;

// Before the first question, which then need not wait for it; what is wrong is told by its answer.
try {
  open();
} catch {
  traces = undefined;
}

function open(): Traces {
  traces ??= {
    a: Trace.open(paths.a),
    b: paths.b === undefined ? undefined : Trace.open(paths.b),
  };
  return traces;
}

function answer({ id, name, side, args }: ToLane): FromLane {
  try {
    const { a, b } = open();
    const question = QUESTIONS.get(name);
    const trace = side === 'a' ? a : b;
    if (question === undefined || trace === undefined) {
      return { id, problem: `there is no question ${name} about trace ${side}.`, status: 400 };
    }
    return { id, json: toJson(question.answer(new Arguments(args), trace, { a, b })) };
  } catch (error) {
    if (error instanceof KvmtraceError) return { id, problem: error.message, status: 400 };
    return { id, problem: `kvmtrace bug: ${String(error)}`, status: 500 };
  }
}

/** A part of what makes later answers better, then whatever has been asked meanwhile. */
function work(): void {
  const { a, b } = open();
  const both = b === undefined ? [a] : [a, b];
  working = [...QUESTIONS.values()].some((each) =>
    both.some((trace) => each.prepare?.(trace) ?? false),
  );
  if (working) setImmediate(work);
}

port.on('message', (question: ToLane) => {
  port.postMessage(answer(question));
  if (!working && traces !== undefined) {
    working = true;
    setImmediate(work);
  }
});
