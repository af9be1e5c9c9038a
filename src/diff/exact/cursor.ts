/** Reads the steps of one trace in order, with the registers as they are. */
import type { StepStream } from '../../trace/reader/step-stream.js';
import type { Side } from '../side.js';
import { instructionOf, registersOf, type StepWords } from './effects.js';

/** Steps read at a time: as many as a digest covers. */
const WINDOW = 1024;

export class Cursor {
  readonly side: Side;
  readonly #stream: StepStream;
  #window: StepWords[] = [];
  #windowStart = 0;

  constructor(side: Side) {
    this.side = side;
    this.#stream = side.file.stepStream();
  }

  /** The instruction of a step, without reading what is around it. */
  instruction(step: number): number | undefined {
    const words = this.#window[step - this.#windowStart];
    return words === undefined ? this.side.file.code.ids(step, step + 1)[0] : instructionOf(words);
  }

  /** The words of a step; undefined past the end. */
  words(step: number): StepWords | undefined {
    if (step >= this.side.stepCount || step < 0) return undefined;
    const index = step - this.#windowStart;
    if (index >= 0 && index < this.#window.length) return this.#window[index];
    // Windows are aligned: walking back a little does not read twice.
    const start = step - (step % WINDOW);
    const window: StepWords[] = [];
    this.#stream.readMany(start, Math.min(start + WINDOW, this.side.stepCount), (words) => {
      for (let at = 0; at < words.length; at += words[at]!) {
        window.push(words.subarray(at, at + words[at]!));
      }
    });
    this.#window = window;
    this.#windowStart = start;
    return window[step - start];
  }
}

/** Register values by id, as two words each, following the steps along. */
export class RegisterFile {
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** 1 where the trace has a value. */
  readonly known: Uint8Array;
  readonly #side: Side;

  constructor(side: Side, state: number) {
    this.#side = side;
    const size = Math.max(-1, ...side.file.registers.list.map(({ id }) => id)) + 1;
    this.low = new Int32Array(size);
    this.high = new Int32Array(size);
    this.known = new Uint8Array(size);
    this.load(state);
  }

  /** Takes all values from the trace. */
  load(state: number): void {
    for (const { id, value } of this.#side.file.registers.values(state)) {
      this.low[id] = Number(BigInt.asIntN(32, value));
      this.high[id] = Number(BigInt.asIntN(32, value >> 32n));
      this.known[id] = 1;
    }
  }

  /** Carries a step's register changes out. */
  apply(words: StepWords): void {
    const registers = registersOf(words);
    for (let at = 0; at < registers.length; at += 3) {
      this.set(registers[at]!, registers[at + 1]!, registers[at + 2]!);
    }
  }

  set(id: number, low: number, high: number): void {
    this.low[id] = low;
    this.high[id] = high;
    this.known[id] = 1;
  }

  value(id: number): bigint {
    return (BigInt(this.high[id]! >>> 0) << 32n) | BigInt(this.low[id]! >>> 0);
  }
}
