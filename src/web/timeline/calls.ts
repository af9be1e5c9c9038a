/** The calls of a trace for the flame chart: at once those that are long, soon all of them. */
import { hex } from '../../base/number-text.js';
import { formatSymbol } from '../../trace/read/symbols.js';
import type { Trace } from '../../query/trace.js';
import { Pyramid, SpanList, type Span } from './pyramid.js';

/** Calls that are read at a time while the pyramid is made: some ten milliseconds. */
const BATCH = 4000;
/** Calls that are read as one: the pyramid of so many is there with the first picture. */
const FEW = 60_000;
const MOST_NAME = 120;

/** Calls by depth at every level of detail. */
export class CallChart {
  readonly #trace: Trace;
  readonly #names: string[] = [];
  readonly #ids = new Map<bigint, number>();
  readonly #spans = new SpanList();
  #pyramid: Pyramid | undefined;
  #next = -1;
  #total: number | undefined;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Whether all calls are known: until then those shorter than a pixel are missing. */
  get isWhole(): boolean {
    return this.#pyramid !== undefined;
  }

  name(id: number): string {
    return this.#names[id]!;
  }

  /** The spans of a picture. The first question makes the table of calls, if the trace has none. */
  visible(from: number, to: number, stepsPerPixel: number): Iterable<Span> {
    if (this.#total === undefined) {
      const [row] = this.#trace.query('SELECT max(id) + 1 FROM call').rows;
      this.#total = Number(row?.[0] ?? 0);
    }
    if (this.#pyramid === undefined && this.#total <= FEW) while (this.prepare());
    return (
      this.#pyramid?.visible(from, to, stepsPerPixel) ?? this.#longCalls(from, to, stepsPerPixel)
    );
  }

  /** Reads some more calls; false when nothing is left to do. */
  prepare(): boolean {
    if (this.#pyramid !== undefined || this.#total === undefined) return false;
    let count = 0;
    const { rows } = this.#trace.query(
      `SELECT depth, first_step, last_step, address FROM call
       WHERE id > ${this.#next} AND id <= ${this.#next + BATCH}`,
    );
    for (const [depth, first, last, address] of rows) {
      this.#spans.add(Number(depth), Number(first), Number(last) + 1, this.#id(address), 1);
      count++;
    }
    this.#next += BATCH;
    if (count > 0 || this.#next < this.#total) return true;
    this.#pyramid = new Pyramid(this.#spans.finish());
    return false;
  }

  *#longCalls(from: number, to: number, least: number): Generator<Span> {
    const { rows } = this.#trace.query(
      `SELECT depth, first_step, last_step, address FROM call
       WHERE last_step - first_step >= ${Math.floor(least)}
       AND first_step < ${to} AND last_step >= ${from} ORDER BY depth, first_step`,
    );
    for (const [depth, start, last, address] of rows) {
      const end = Number(last) + 1;
      yield { depth: Number(depth), start: Number(start), end, name: this.#id(address), calls: 1 };
    }
  }

  #id(value: unknown): number {
    const address = BigInt.asUintN(64, value as bigint);
    const known = this.#ids.get(address);
    if (known !== undefined) return known;
    const symbol = this.#trace.symbolAt(address);
    const name = symbol === undefined ? hex(address) : formatSymbol(symbol);
    this.#ids.set(address, this.#names.length);
    return this.#names.push(name.slice(0, MOST_NAME)) - 1;
  }
}
