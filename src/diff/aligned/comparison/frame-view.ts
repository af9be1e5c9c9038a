/** What lies ahead in the call under way: of a call that it makes only the beginning, not the inside. */
import { sameToken, type FlowStream } from './flow-stream.js';

const SLICE = 512;

/** The tokens of the call under way, and the first of each call that it makes. */
export class FrameView {
  readonly #stream: FlowStream;
  /** Of each place in the view, how many tokens lie before. */
  readonly #places: number[] = [];
  #looked = 0;
  #base: number;
  #before: number;
  #ended = false;
  #limit = 0;

  constructor(stream: FlowStream) {
    this.#stream = stream;
    const { depth } = stream.tokens;
    stream.ahead(1);
    this.#before = depth[stream.at - 1] ?? 0;
    this.#base = this.#before;
  }

  /** Tokens that were looked at. */
  get looked(): number {
    return this.#looked;
  }

  /** Lets so many tokens be looked at. */
  lookAt(tokens: number): void {
    this.#limit = tokens;
  }

  /** Whether the trace ends with the places that there are. */
  get ended(): boolean {
    return this.#ended;
  }

  has(place: number): boolean {
    while (this.#places.length <= place) if (!this.#extend()) return false;
    return true;
  }

  /** The token number at a place that it has. */
  number(place: number): number {
    return this.#stream.tokens.number[this.#stream.at + this.#places[place]!]!;
  }

  /** Whether what stands at a place that it has is what stands at one of the other. */
  equals(place: number, other: FrameView, at: number): boolean {
    const [own, its] = [this.#stream, other.#stream];
    const [i, j] = [own.at + this.#places[place]!, its.at + other.#places[at]!];
    return sameToken(own.tokens, i, its.tokens, j);
  }

  /** How many tokens lie before a place; all that were looked at, if it is the end. */
  tokensBefore(place: number): number {
    return this.has(place) ? this.#places[place]! : this.#looked;
  }

  #extend(): boolean {
    if (this.#looked >= this.#limit || this.#ended) return false;
    const stream = this.#stream;
    const available = stream.ahead(this.#looked + SLICE);
    const { depth, called } = stream.tokens;
    const start = this.#looked;
    for (; this.#looked < available; this.#looked++) {
      const at = stream.at + this.#looked;
      const own = depth[at]!;
      const begins = this.#before <= this.#base;
      this.#before = own;
      // Where a call begins, that which makes it is under way.
      const frame = own - called[at]!;
      if (frame <= this.#base) this.#base = frame;
      else if (!begins) continue;
      this.#places.push(this.#looked);
    }
    if (available < start + SLICE) this.#ended = true;
    return this.#looked > start;
  }
}
