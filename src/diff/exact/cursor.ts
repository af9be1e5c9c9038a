/** Reads the steps of one trace in order. */
import { DIGEST_STEPS } from '../../trace/format/schema.js';
import type { StepStream } from '../../trace/read/stream/step-stream.js';
import type { Side } from '../side.js';
import { instructionOf, type StepWords } from './effects.js';

/** Gives the words of a step, for steps asked in order. */
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
    // As many as a digest covers, aligned: walking back a little does not read twice.
    const start = step - (step % DIGEST_STEPS);
    const window: StepWords[] = [];
    this.#stream.readMany(start, Math.min(start + DIGEST_STEPS, this.side.stepCount), (words) => {
      for (let at = 0; at < words.length; at += words[at]!) {
        window.push(words.subarray(at, at + words[at]!));
      }
    });
    this.#window = window;
    this.#windowStart = start;
    return window[step - start];
  }
}
