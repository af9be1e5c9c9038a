/** Batches of the event stream in a file, for what becomes a trace later or elsewhere. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { BATCH_WORDS, type BatchSink } from '../queue.js';

/** Before each batch: its length in words, and its flags. */
const HEAD_BYTES = 8;

/** Flag of an empty batch: the next ones number their instructions anew. */
export const STARTS_NUMBERS = 0x100;

/** Flag of a batch that is no events, but JSON about the file. */
const NOTE = 0x200;

/** A batch as it was submitted. */
export interface EventBatch {
  readonly words: Int32Array;
  readonly flags: number;
}

/** Writes batches into one file after another. Nothing is kept in memory but the batch to be filled. */
export class EventFileSink implements BatchSink {
  /** What went wrong; nothing is written after that. */
  failure: NodeJS.ErrnoException | undefined;
  readonly #words = new Int32Array(BATCH_WORDS);
  #fd: number | undefined;

  /** What is submitted goes to the end of the file `path`, until the next call. */
  open(path: string): void {
    this.close();
    this.#attempt(() => {
      this.#fd = openSync(path, 'a');
    });
  }

  get failed(): boolean {
    return this.failure !== undefined;
  }

  acquire(): Int32Array {
    return this.#words;
  }

  /** What follows numbers its instructions anew. */
  startNumbers(): void {
    this.submit(0, STARTS_NUMBERS);
  }

  /** Says something about the file, in JSON, at its end. */
  note(json: string): void {
    const bytes = Buffer.from(json);
    new Uint8Array(this.#words.buffer).fill(0x20, 0, bytes.length + 4);
    bytes.copy(new Uint8Array(this.#words.buffer));
    this.submit(Math.ceil(bytes.length / 4), NOTE);
  }

  submit(length: number, flags: number): void {
    this.#attempt(() => {
      writeWhole(this.#fd!, new Uint8Array(Int32Array.of(length, flags).buffer));
      writeWhole(this.#fd!, new Uint8Array(this.#words.buffer, 0, length * 4));
    });
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** A disk that is full must not end a recording in the middle of a step. */
  #attempt(write: () => void): void {
    if (this.failure !== undefined) return;
    try {
      write();
    } catch (error) {
      this.failure = error as NodeJS.ErrnoException;
    }
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/**
 * The batches of a file, in order; each is good until the next is asked for.
 *
 * @throws where the file is cut short
 */
export function* readEventFile(path: string): Generator<EventBatch> {
  const fd = openSync(path, 'r');
  try {
    const head = new Int32Array(HEAD_BYTES / 4);
    const words = new Int32Array(BATCH_WORDS);
    while (readWhole(fd, new Uint8Array(head.buffer), path)) {
      const [length = 0, flags = 0] = head;
      if (length < 0 || length > BATCH_WORDS)
        throw new Error(`${path}: a batch of ${length} words`);
      if (!readWhole(fd, new Uint8Array(words.buffer, 0, length * 4), path) && length > 0) {
        throw new Error(`${path} is cut short`);
      }
      if ((flags & NOTE) === 0) yield { words: words.subarray(0, length), flags };
    }
  } finally {
    closeSync(fd);
  }
}

/** False at the end of the file. */
function readWhole(fd: number, bytes: Uint8Array, path: string): boolean {
  for (let at = 0; at < bytes.length;) {
    const read = readSync(fd, bytes, at, bytes.length - at, null);
    if (read === 0 && at === 0) return false;
    if (read === 0) throw new Error(`${path} is cut short`);
    at += read;
  }
  return true;
}

/** What the file says of itself; undefined where it is cut short, or no such file. */
export function readEventNote(path: string): string | undefined {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const head = new Int32Array(HEAD_BYTES / 4);
    for (let at = 0; at + HEAD_BYTES <= size;) {
      readSync(fd, new Uint8Array(head.buffer), 0, HEAD_BYTES, at);
      const [length = 0, flags = 0] = head;
      if (length < 0 || length > BATCH_WORDS) return undefined;
      if ((flags & NOTE) !== 0) {
        const json = Buffer.alloc(length * 4);
        readSync(fd, json, 0, json.length, at + HEAD_BYTES);
        return json.toString();
      }
      at += HEAD_BYTES + length * 4;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}
