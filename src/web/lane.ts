/** A thread of its own that answers questions in order; see question.ts for which there are. */
import { Worker } from 'node:worker_threads';
import type { FromLane, LaneThreadData, ToLane } from './lane-thread.js';

interface Waiting {
  readonly question: ToLane;
  readonly resolve: (answer: FromLane) => void;
  readonly signal: AbortSignal;
}

/** Questions wait here, so that those whose asker has gone are never asked. */
export class Lane {
  readonly #data: LaneThreadData;
  /** End the thread when nobody waits for the question that it is at: of SQL that does not end. */
  readonly #canStop: boolean;
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];
  #asked: Waiting | undefined;
  #nextId = 0;

  constructor(data: LaneThreadData, canStop: boolean) {
    this.#data = data;
    this.#canStop = canStop;
  }

  /** @param signal aborted when the answer is not waited for any more */
  ask(question: Omit<ToLane, 'id'>, signal: AbortSignal): Promise<FromLane> {
    return new Promise((resolve) => {
      const waiting = { question: { ...question, id: this.#nextId++ }, resolve, signal };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', () => {
        this.#abandon(waiting);
      });
      this.#next();
    });
  }

  /** Starts the thread, so that the first question need not wait for it. */
  start(): void {
    this.#worker ??= this.#newThread();
  }

  async close(): Promise<void> {
    this.#waiting = [];
    this.#asked = undefined;
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #next(): void {
    if (this.#asked !== undefined) return;
    this.#asked = this.#waiting.shift();
    if (this.#asked === undefined) return;
    this.#worker ??= this.#newThread();
    this.#worker.postMessage(this.#asked.question);
  }

  #newThread(): Worker {
    const worker = new Worker(new URL('./lane-thread.js', import.meta.url), {
      workerData: this.#data,
    });
    worker.on('message', (answer: FromLane) => {
      if (worker === this.#worker) this.#hear(answer);
    });
    // Out of memory, or a bug: the question is answered so, and the next gets a new thread.
    worker.on('error', (error) => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      const id = this.#asked?.question.id ?? -1;
      this.#hear({ id, problem: `the answer failed: ${error.message}`, status: 500 });
    });
    return worker;
  }

  #hear(answer: FromLane): void {
    const asked = this.#asked;
    if (asked?.question.id === answer.id) {
      this.#asked = undefined;
      asked.resolve(answer);
    }
    this.#next();
  }

  #abandon(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    if (!this.#canStop || this.#asked !== waiting) return;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#asked = undefined;
    void worker?.terminate();
    this.#next();
  }
}
