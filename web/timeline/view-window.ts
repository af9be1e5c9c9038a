/** The steps that the timeline shows: pans and zooms, from all steps to one. */
export class ViewWindow {
  readonly #total: number;
  #from = 0;
  #to: number;

  /** @param total steps of the trace */
  constructor(total: number) {
    this.#total = Math.max(1, total);
    this.#to = this.#total;
  }

  get from(): number {
    return this.#from;
  }

  get to(): number {
    return this.#to;
  }

  get isWhole(): boolean {
    return this.#to - this.#from >= this.#total;
  }

  /** The window becomes these steps, or as many of them as there are; one at least. */
  set(from: number, to: number): void {
    const width = Math.min(this.#total, Math.max(1, to - from));
    const middle = (from + to) / 2;
    this.#from = Math.max(0, Math.min(this.#total - width, middle - width / 2));
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
