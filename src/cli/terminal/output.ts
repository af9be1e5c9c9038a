import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { machineError } from '../../base/errors.js';

/** Text is collected up to this length before it is written. */
const CHUNK_LENGTH = 64 * 1024;

/** Nobody reads on: `kvmtrace steps t.db | head`. Not an error. */
export class OutputClosedError extends Error {
  constructor() {
    super('standard output is closed');
    this.name = 'OutputClosedError';
  }
}

/** Standard output: in large pieces, waiting for the reader, and noticing when it has gone. */
export class Output {
  #stream: NodeJS.WritableStream;
  #pending = '';
  #openPager: (() => ChildProcess) | undefined;
  #pager: ChildProcess | undefined;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    // Failures are met in flush(); without a listener they would be thrown at nobody.
    stream.on('error', () => undefined);
  }

  /** From the first output on, what is written goes to a pager, which is started then. */
  pageThrough(openPager: () => ChildProcess): void {
    this.#openPager = openPager;
  }

  /** Writes what is left, and waits until the user has left the pager. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#pager === undefined) return;
    this.#stream.end();
    if (this.#pager.exitCode === null && this.#pager.signalCode === null) {
      await once(this.#pager, 'exit');
    }
  }

  /** Takes `text`; await what it returns, if anything, before writing on. */
  write(text: string): Promise<void> | undefined {
    this.#pending += text;
    return this.#pending.length < CHUNK_LENGTH ? undefined : this.flush();
  }

  line(text = ''): Promise<void> | undefined {
    return this.write(`${text}\n`);
  }

  flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    if (text === '') return Promise.resolve();
    this.#startPager();
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error?: Error | null) => {
        if (error) reject(explain(error));
        else resolve();
      });
    });
  }

  #startPager(): void {
    if (this.#openPager === undefined) return;
    this.#pager = this.#openPager();
    this.#openPager = undefined;
    this.#stream = this.#pager.stdin!;
    this.#stream.on('error', () => undefined);
  }
}

function explain(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') {
    return new OutputClosedError();
  }
  return machineError(`standard output cannot be written: ${error.code ?? error.message}.`, error);
}
