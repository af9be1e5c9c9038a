/** The events of a burst, gone through step by step beside what the trace says. */
import { wideNumber } from '../base/halves.js';
import { EventKind, eventEnd } from '../trace/format/events.js';
import type { EventSink } from '../trace/format/event-sink.js';
import type { FedStep } from '../trace/read/stream/step-feed.js';

/** gpa low, gpa high, size, value low, value high. */
const ROW_WORDS = 5;

/** A cursor over the words that the burst loop has written: step, memory and page events. */
export class BurstEvents {
  readonly #words: Int32Array;
  #at = 0;
  #next = 0;
  /** Registers, low and high word by turns. */
  #registersAt = 0;
  #rowsAt = 0;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Goes to the next step. Returns the number of its instruction. */
  next(): number {
    const words = this.#words;
    this.#at = this.#next;
    this.#registersAt = this.#at + 2;
    this.#rowsAt = eventEnd(words, this.#at);
    let at = this.#rowsAt;
    while (at < words.length && (words[at]! & 0xff) !== EventKind.step) at = eventEnd(words, at);
    this.#next = at;
    return words[this.#at + 1]!;
  }

  /** Whether registers and memory of the step are those of the trace. It has no other events. */
  equals(fed: FedStep): boolean {
    return this.#registersEqual(fed) && this.#memoryEqual(fed);
  }

  /** Sends what the step did. */
  sendTo(sink: EventSink, instruction: number): void {
    const words = this.#words;
    sink.step(instruction, 0, words);
    let at = this.#registersAt;
    for (let mask = words[this.#at]! >>> 8; mask !== 0; mask &= mask - 1, at += 2) {
      sink.register(31 - Math.clz32(mask & -mask), words[at]!, words[at + 1]!);
    }
    for (at = this.#rowsAt; at < this.#next; at = eventEnd(words, at)) {
      if ((words[at]! & 0xff) !== EventKind.memory) continue;
      const gpa = wideNumber(words[at + 1]!, words[at + 2]!);
      sink.memory(gpa, words[at]! >>> 8, words[at + 3]!, words[at + 4]!);
    }
  }

  #registersEqual({ words: fed, registerCount, registersAt }: FedStep): boolean {
    const words = this.#words;
    let at = this.#registersAt;
    let fedAt = registersAt;
    const end = registersAt + 3 * registerCount;
    for (let mask = words[this.#at]! >>> 8; mask !== 0; mask &= mask - 1, at += 2, fedAt += 3) {
      if (fedAt === end || fed[fedAt] !== 31 - Math.clz32(mask & -mask)) return false;
      if (fed[fedAt + 1] !== words[at] || fed[fedAt + 2] !== words[at + 1]) return false;
    }
    return fedAt === end;
  }

  #memoryEqual({ words: fed, memoryCount, memoryAt }: FedStep): boolean {
    const words = this.#words;
    let row = memoryAt;
    for (let at = this.#rowsAt; at < this.#next; at = eventEnd(words, at)) {
      if ((words[at]! & 0xff) !== EventKind.memory) continue;
      if (row === memoryAt + memoryCount * ROW_WORDS) return false;
      if (fed[row] !== words[at + 1] || fed[row + 1] !== words[at + 2]) return false;
      if (fed[row + 2] !== words[at]! >>> 8) return false;
      if (fed[row + 3] !== words[at + 3] || fed[row + 4] !== words[at + 4]) return false;
      row += ROW_WORDS;
    }
    return row === memoryAt + memoryCount * ROW_WORDS;
  }
}
