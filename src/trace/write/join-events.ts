/** Joins pieces of event streams, whose instructions are numbered each in its own way. */
import { EventKind, eventEnd } from '../format/events.js';
import { BATCH_SPLITS_STEP } from '../queue.js';
import { STARTS_NUMBERS, type EventBatch } from './event-file.js';
import type { EventStream } from './stream.js';

/** Words of an instruction event before what tells it from others: its head and its number. */
const ID = 1;
const CONTENT = 2;

/** Sends pieces into one stream. */
export class EventJoiner {
  /** Steps that were sent. */
  steps = 0;
  readonly #stream: EventStream;
  /** Numbers in the joined stream, by mode, place and bytes. */
  readonly #numbers = new Map<string, number>();
  /** A piece's number of an instruction → the joined one's. */
  #renumbered: number[] = [];

  constructor(stream: EventStream) {
    this.#stream = stream;
  }

  /** Sends a batch; its words are changed on the way. */
  send({ words, flags }: EventBatch): void {
    if ((flags & STARTS_NUMBERS) !== 0) this.#renumbered = [];
    let end = 0;
    for (let at = 0; at < words.length;) {
      const next = eventEnd(words, at);
      const kind = words[at]! & 0xff;
      if (kind === EventKind.step) {
        words[at + ID] = this.#renumbered[words[at + ID]!]!;
        this.steps++;
      }
      // An instruction that an earlier piece has is left out.
      if (kind !== EventKind.instruction || this.#define(words, at, next)) {
        if (end !== at) words.copyWithin(end, at, next);
        end += next - at;
      }
      at = next;
    }
    if (end > 0) this.#stream.pass(words.subarray(0, end), (flags & BATCH_SPLITS_STEP) !== 0);
  }

  /** Gives an instruction its number; returns whether it is a new one. */
  #define(words: Int32Array, at: number, end: number): boolean {
    const bytes = Buffer.from(
      words.buffer,
      words.byteOffset + 4 * (at + CONTENT),
      4 * (end - at - CONTENT),
    );
    const key = `${words[at]!} ${bytes.toString('latin1')}`;
    const known = this.#numbers.get(key);
    const number = known ?? this.#numbers.size;
    this.#renumbered[words[at + ID]!] = number;
    words[at + ID] = number;
    if (known === undefined) this.#numbers.set(key, number);
    return known === undefined;
  }
}
