/** What the firmware answers: commands for the thunk (thunk.ts), read from a port word by word. */
import { Command } from './thunk.js';

/** A word, or bytes that INS takes one by one (as base64, so that it can be saved). */
type Item = number | string;

interface Saved {
  readonly items: readonly Item[];
  readonly isComplete: boolean;
}

/** The answer to one call, which the guest reads word by word; it can be saved half-way. */
export class Reply {
  readonly #items: Item[];
  #isComplete: boolean;
  #bytes: Uint8Array | undefined;
  #at = 0;

  constructor(saved: Saved = { items: [], isComplete: false }) {
    this.#items = [...saved.items];
    this.#isComplete = saved.isComplete;
  }

  write(address: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#items.push(Command.write, address, bytes.length, Buffer.from(bytes).toString('base64'));
  }

  u32(address: number, value: number): void {
    this.write(address, new Uint8Array(Uint32Array.of(value).buffer));
  }

  u64(address: number, value: number | bigint): void {
    this.write(address, new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  fill(address: number, count: number, byte: number): void {
    if (count > 0) this.#items.push(Command.fill, address, count, byte);
  }

  /** As memmove does: source and destination may overlap. */
  copy(to: number, from: number, count: number): void {
    if (count === 0 || to === from) return;
    if (to > from && to < from + count) {
      this.#items.push(Command.copyDown, to + count - 1, count, from + count - 1);
    } else {
      this.#items.push(Command.copy, to, count, from);
    }
  }

  call(target: number, rcx: number, rdx: bigint): void {
    this.#items.push(Command.call, rcx, low(rdx), high(rdx), target);
  }

  unwind(stackPointer: number): void {
    this.#items.push(Command.unwind, stackPointer);
  }

  /** The last command: ends the call. */
  return(status: bigint): void {
    this.#items.push(Command.return, low(status), high(status));
    this.#isComplete = true;
  }

  /** Whether all of it has been read, its end included. */
  get isDone(): boolean {
    return this.#isComplete && this.#items.length === 0;
  }

  /** The next word; 0 where there is none, which no thunk reads. */
  word(): number {
    const item = this.#items.shift();
    return typeof item === 'number' ? item : 0;
  }

  byte(): number {
    const [item] = this.#items;
    if (typeof item !== 'string') return 0xff;
    this.#bytes ??= Buffer.from(item, 'base64');
    const byte = this.#bytes[this.#at++]!;
    if (this.#at === this.#bytes.length) {
      this.#items.shift();
      this.#bytes = undefined;
      this.#at = 0;
    }
    return byte;
  }

  /** The rest, as the constructor takes it. */
  save(): Saved {
    const [first, ...rest] = this.#items;
    const isComplete = this.#isComplete;
    if (typeof first !== 'string' || this.#at === 0) return { items: this.#items, isComplete };
    const left = Buffer.from(first, 'base64').subarray(this.#at).toString('base64');
    return { items: [left, ...rest], isComplete };
  }
}

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(BigInt.asUintN(32, value >> 32n));
