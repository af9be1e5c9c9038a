/**
 * What a thunk reads from its port, in order: words, and runs of bytes that INS takes one by one. The
 * answers of UEFI's services and of the BIOS are made of these.
 */

/** A word, or bytes as base64, so that they can be saved. */
export type AnswerItem = number | string;

/** An answer as far as it has not been read. */
export class AnswerQueue {
  readonly #items: AnswerItem[];
  /** The first item decoded, once one of its bytes has been read, and how many have. */
  #bytes: Uint8Array | undefined;
  #read = 0;

  /** @param items as `save` gives them */
  constructor(items: readonly AnswerItem[] = []) {
    this.#items = [...items];
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  words(...values: readonly number[]): void {
    this.#items.push(...values);
  }

  /** Bytes, one at least. */
  bytes(bytes: Uint8Array): void {
    this.#items.push(Buffer.from(bytes).toString('base64'));
  }

  /** The next word; 0 where there is none. */
  word(): number {
    const item = this.#items.shift();
    return typeof item === 'number' ? item : 0;
  }

  /** The next byte; 0xff, as of a port without a device, where there is none. */
  byte(): number {
    const [item] = this.#items;
    if (typeof item !== 'string') return 0xff;
    // A run may have thousands of bytes: it is decoded once.
    this.#bytes ??= Buffer.from(item, 'base64');
    const byte = this.#bytes[this.#read++]!;
    if (this.#read === this.#bytes.length) {
      this.#items.shift();
      this.#bytes = undefined;
      this.#read = 0;
    }
    return byte;
  }

  /** What is left, as the constructor takes it. */
  save(): AnswerItem[] {
    const [first, ...rest] = this.#items;
    if (typeof first !== 'string' || this.#read === 0) return [...this.#items];
    return [Buffer.from(first, 'base64').subarray(this.#read).toString('base64'), ...rest];
  }
}
