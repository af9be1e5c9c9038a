/** One line on a terminal that is drawn over and over, and makes way for other output. */
import { formatBytes } from '../../base/number-text.js';
import { terminalColumns } from '../../report/style.js';

/** How far a recording has come. */
export interface Progress {
  readonly steps: number;
  readonly seconds: number;
  readonly fileBytes: number;
  readonly maxSteps: number | undefined;
}

const REDRAW_MS = 200;
const CLEAR_LINE = '\r\x1b[2K';

/** Draws the progress of a recording over itself, some times a second. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #drawnAt = -Infinity;
  #shown = false;
  /** The guest has begun a line on the same terminal and not ended it. */
  #blocked = false;

  /** Draws nothing unless `stream` is a terminal. */
  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update(progress: Progress): void {
    const now = performance.now();
    if (!this.#stream.isTTY || this.#blocked || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#shown = true;
    const room = (terminalColumns(this.#stream) ?? Infinity) - 1;
    this.#stream.write(CLEAR_LINE + progressText(progress).slice(0, room));
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#stream.write(CLEAR_LINE);
    this.#shown = false;
  }

  /** Makes way for bytes that are about to be written to the same terminal. */
  makeWayFor(bytes: Uint8Array): void {
    this.clear();
    this.#blocked = bytes.at(-1) !== '\n'.charCodeAt(0);
  }
}

/** `1234567 steps, 131000 steps/s, 38.2 MB, 41 %, 0:13 left`. */
export function progressText({ steps, seconds, fileBytes, maxSteps }: Progress): string {
  const rate = seconds > 0 ? steps / seconds : 0;
  const parts = [`${steps} steps`, `${Math.round(rate)} steps/s`, formatBytes(fileBytes)];
  if (maxSteps !== undefined) {
    parts.push(`${Math.floor((100 * steps) / maxSteps)} %`);
    if (rate > 0) parts.push(`${formatDuration((maxSteps - steps) / rate)} left`);
  }
  return parts.join(', ');
}

/** `0:07`, `12:30`, `1:02:03`. */
function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = two(whole % 60);
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${two(minutes)}:${rest}`;
}
