/** How far a replay has come, on a terminal. */
const REDRAW_MS = 200;
const CLEAR_LINE = '\r\x1b[2K';

/** Draws the progress of a replay over itself, some times a second. */
export class ReplayProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #startTime = performance.now();
  #drawnAt = -Infinity;
  #shown = false;

  /** Draws nothing unless `stream` is a terminal. */
  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update({ step, start, to }: { step: number; start: number; to: number }): void {
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#shown = true;
    const seconds = Math.max(0.001, (now - this.#startTime) / 1000);
    const percent = Math.floor((100 * (step - start)) / Math.max(1, to - start));
    const text = `state ${step} of ${to}, ${Math.round((step - start) / seconds)} steps/s, ${percent} %`;
    const columns = this.#stream.columns || 80;
    this.#stream.write(CLEAR_LINE + text.slice(0, columns - 1));
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#stream.write(CLEAR_LINE);
    this.#shown = false;
  }
}
