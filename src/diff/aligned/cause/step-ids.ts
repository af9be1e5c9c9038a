/** The instructions of steps in order, read many at a time. */
import type { Side } from '../../side.js';

const WINDOW_STEPS = 8192;

/** Gives the instruction id of a step, for steps asked mostly in order. */
export class StepIds {
  readonly #side: Side;
  #from = 0;
  #ids: ArrayLike<number> = [];

  constructor(side: Side) {
    this.#side = side;
  }

  at(step: number): number {
    if (step < this.#from || step >= this.#from + this.#ids.length) {
      this.#from = step - (step % WINDOW_STEPS);
      const to = Math.min(this.#side.stepCount, this.#from + WINDOW_STEPS);
      this.#ids = this.#side.file.code.ids(this.#from, to);
    }
    return this.#ids[step - this.#from]!;
  }

  /** @returns the ids of steps `from` up to, not including, `to` */
  between(from: number, to: number): number[] {
    return Array.from({ length: to - from }, (_, i) => this.at(from + i));
  }
}
