/** The steps that the timeline shows: pans and zooms, from all steps to one. */
export class ViewWindow {
  readonly #first: number;
  readonly #total: number;
  #from: number;
  #to: number;

  /** Shows all from state `first` to state `last`. */
  constructor(first: number, last: number) {
    this.#first = first;
    this.#total = Math.max(1, last - first);
    this.#from = first;
    this.#to = first + this.#total;
  }

  get from(): number {
    return this.#from;
  }

  get to(): number {
    return this.#to;
  }

  /** The window becomes these steps, or as many of them as there are; one at least. */
  set(from: number, to: number): void {
    const width = Math.min(this.#total, Math.max(1, to - from));
    const middle = (from + to) / 2;
    this.#from = Math.max(
      this.#first,
      Math.min(this.#first + this.#total - width, middle - width / 2),
    );
    this.#to = this.#from + width;
  }

  /** @param factor below 1 shows fewer steps; `around` stays where it is */
  zoom(factor: number, around: number): void {
    const width = Math.min(this.#total, Math.max(1, (this.#to - this.#from) * factor));
    const share = (around - this.#from) / (this.#to - this.#from);
    const from = around - share * width;
    this.set(from, from + width);
  }

  /** @param share of the window */
  pan(share: number): void {
    const by = share * (this.#to - this.#from);
    this.set(this.#from + by, this.#to + by);
  }

  /** Brings a step into the window, without zooming. */
  follow(step: number): void {
    if (step >= this.#from && step < this.#to) return;
    const half = (this.#to - this.#from) / 2;
    this.set(step - half, step + half);
  }
}
