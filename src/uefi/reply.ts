/** What the firmware answers: commands for the thunk (thunk.ts), read from a port word by word. */
import { AnswerQueue, type AnswerItem } from './answer-queue.js';
import { Command } from './thunk.js';

interface Saved {
  readonly items: readonly AnswerItem[];
  readonly isComplete: boolean;
}

/** The answer to one call, which the guest reads word by word; it can be saved half-way. */
export class Reply {
  readonly #queue: AnswerQueue;
  #isComplete: boolean;

  constructor(saved: Saved = { items: [], isComplete: false }) {
    this.#queue = new AnswerQueue(saved.items);
    this.#isComplete = saved.isComplete;
  }

  write(address: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.words(Command.write, address, bytes.length);
    this.#queue.bytes(bytes);
  }

  u32(address: number, value: number): void {
    this.write(address, new Uint8Array(Uint32Array.of(value).buffer));
  }

  u64(address: number, value: number | bigint): void {
    this.write(address, new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  }

  fill(address: number, count: number, byte: number): void {
    if (count > 0) this.#queue.words(Command.fill, address, count, byte);
  }

  /** As memmove does: source and destination may overlap. */
  copy(to: number, from: number, count: number): void {
    if (count === 0 || to === from) return;
    if (to > from && to < from + count) {
      this.#queue.words(Command.copyDown, to + count - 1, count, from + count - 1);
    } else {
      this.#queue.words(Command.copy, to, count, from);
    }
  }

  call(target: number, rcx: number, rdx: bigint): void {
    this.#queue.words(Command.call, rcx, low(rdx), high(rdx), target);
  }

  unwind(stackPointer: number): void {
    this.#queue.words(Command.unwind, stackPointer);
  }

  /** The last command: ends the call. */
  return(status: bigint): void {
    this.#queue.words(Command.return, low(status), high(status));
    this.#isComplete = true;
  }

  /** Whether all of it has been read, its end included. */
  get isDone(): boolean {
    return this.#isComplete && this.#queue.isEmpty;
  }

  /** The next word; 0 where there is none, which no thunk reads. */
  word(): number {
    return this.#queue.word();
  }

  byte(): number {
    return this.#queue.byte();
  }

  /** The rest, as the constructor takes it. */
  save(): Saved {
    return { items: this.#queue.save(), isComplete: this.#isComplete };
  }
}

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(BigInt.asUintN(32, value >> 32n));
