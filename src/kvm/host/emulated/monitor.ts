/** QEMU's monitor, in QMP (docs/interop/qmp-spec.txt): a line of JSON each for command and answer. */
import { closeSync, readSync, writeSync } from 'node:fs';
import { machineError } from '../../../base/errors.js';
import { socketPair } from '../../libc.js';
import { until, type Waiting } from './waiting.js';

const ANSWER_MS = 30_000;

interface Answer {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** A connection to the monitor of one QEMU. */
export class Monitor implements Disposable {
  /** The end that QEMU gets. */
  readonly qemuFd: number;
  readonly #fd: number;
  #text = '';
  #commands = 0;
  readonly #answers = new Map<number, Answer>();

  constructor() {
    [this.#fd, this.qemuFd] = socketPair();
  }

  /** QEMU has its end, and this process needs it no more. */
  handedOver(): void {
    closeSync(this.qemuFd);
  }

  /** Sends a command. Returns what QEMU answers; throws a KvmtraceError (3) where it refuses. */
  *ask(execute: string, args: object = {}): Waiting<unknown> {
    const id = ++this.#commands;
    writeSync(this.#fd, `${JSON.stringify({ execute, arguments: args, id })}\n`);
    const isAnswered = () => {
      this.#read();
      return this.#answers.has(id);
    };
    if (!(yield* until(isAnswered, ANSWER_MS))) {
      throw machineError(`QEMU has not answered ${execute} in ${ANSWER_MS / 1000} seconds.`);
    }
    const answer = this.#answers.get(id)!;
    this.#answers.delete(id);
    if (answer.error === undefined) return answer.return;
    throw machineError(`QEMU refuses ${execute}: ${answer.error.desc}.`);
  }

  #read(): void {
    const bytes = Buffer.alloc(4096);
    try {
      for (;;) {
        const count = readSync(this.#fd, bytes);
        if (count === 0) throw machineError('QEMU has closed its monitor.');
        this.#text += bytes.toString('latin1', 0, count);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    const lines = this.#text.split('\n');
    this.#text = lines.pop()!;
    for (const line of lines) {
      // Greeting and events have no number.
      const answer = JSON.parse(line) as Answer;
      if (answer.id !== undefined) this.#answers.set(answer.id, answer);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
