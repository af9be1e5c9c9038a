/** Rows of the listing, loaded by blocks as they come into view. */
import type { Side, Source } from './ask.js';
import type { Row, Steps } from './documents.js';

const BLOCK = 100;
/** Some screens' worth of blocks: the ones that were used least recently are forgotten. */
const MOST_BLOCKS = 60;

export class Rows {
  readonly #source: Source;
  readonly #side: Side;
  readonly #told: () => void;
  /** In order of use; undefined while it is loaded. */
  readonly #blocks = new Map<number, Steps | undefined>();

  /** @param told called when rows have come */
  constructor(source: Source, side: Side, told: () => void) {
    this.#source = source;
    this.#side = side;
    this.#told = told;
  }

  /** Undefined while it is loaded: `told` is called then. */
  at(step: number): Row | undefined {
    const number = Math.floor(step / BLOCK);
    if (!this.#blocks.has(number)) this.#load(number);
    const block = this.#blocks.get(number);
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    return block?.rows[step - block.from];
  }

  #load(number: number): void {
    this.#blocks.set(number, undefined);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= MOST_BLOCKS) break;
      this.#blocks.delete(oldest);
    }
    this.#source
      .ask(this.#side, 'steps', { from: number * BLOCK, count: BLOCK })
      .then((steps) => {
        if (this.#blocks.has(number)) this.#blocks.set(number, steps);
        this.#told();
      })
      .catch(() => {
        // The state's own question says what is wrong; asked again when it comes into view again.
        this.#blocks.delete(number);
      });
  }
}
