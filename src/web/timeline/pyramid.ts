/**
 * Level of detail of a flame chart: calls as spans of steps by depth, at each level those that are too
 * short to be seen joined with their neighbours. Level k is for pictures in which a pixel is 2^k steps
 * or more: it has spans of at least so many steps, and short ones only where nothing is near.
 */

/** Columns of spans, in order of depth, then of their beginnings. */
export interface Spans {
  readonly count: number;
  /** States: the first step, and the one after the last. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** What is called: the caller's number of a function. Of joined calls the one with most steps. */
  readonly name: Uint32Array;
  /** Calls in it: 1, or more where several are joined. */
  readonly calls: Uint32Array;
  /** Where the spans of each depth begin; one more than there are depths. */
  readonly depths: Uint32Array;
}

/** A span of a picture. */
export interface Span {
  readonly depth: number;
  readonly start: number;
  readonly end: number;
  readonly name: number;
  readonly calls: number;
}

/** Spans that are added in order of their beginnings within each depth, and then sorted by depth. */
export class SpanList {
  // Numbers in arrays of their own: millions of objects would take ten times the memory.
  readonly #depth: number[] = [];
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  readonly #name: number[] = [];
  readonly #calls: number[] = [];

  add(depth: number, start: number, end: number, name: number, calls: number): void {
    this.#depth.push(depth);
    this.#start.push(start);
    this.#end.push(end);
    this.#name.push(name);
    this.#calls.push(calls);
  }

  finish(): Spans {
    const count = this.#depth.length;
    const deepest = this.#depth.reduce((most, depth) => Math.max(most, depth), -1);
    const depths = new Uint32Array(deepest + 2);
    for (const depth of this.#depth) depths[depth + 1]!++;
    for (let depth = 0; depth <= deepest; depth++) depths[depth + 1]! += depths[depth]!;
    const next = depths.slice();
    const spans = {
      count,
      start: new Float64Array(count),
      end: new Float64Array(count),
      name: new Uint32Array(count),
      calls: new Uint32Array(count),
      depths,
    };
    for (let i = 0; i < count; i++) {
      const at = next[this.#depth[i]!]!++;
      spans.start[at] = this.#start[i]!;
      spans.end[at] = this.#end[i]!;
      spans.name[at] = this.#name[i]!;
      spans.calls[at] = this.#calls[i]!;
    }
    return spans;
  }
}

/** All levels of a trace's calls. */
export class Pyramid {
  readonly #levels: Spans[];

  constructor(calls: Spans) {
    this.#levels = [calls];
    const steps = calls.end.reduce((most, end) => Math.max(most, end), 0);
    let level = calls;
    for (let width = 2; width <= steps; width *= 2) {
      level = joined(level, width);
      this.#levels.push(level);
    }
  }

  /** The spans that are seen in steps `from` to `to` where a pixel is `stepsPerPixel` steps. */
  *visible(from: number, to: number, stepsPerPixel: number): Generator<Span> {
    const wanted = Math.max(0, Math.floor(Math.log2(Math.max(1, stepsPerPixel))));
    const spans = this.#levels[Math.min(wanted, this.#levels.length - 1)]!;
    for (let depth = 0; depth + 1 < spans.depths.length; depth++) {
      const last = spans.depths[depth + 1]!;
      for (let i = firstEndingAfter(spans, depth, from); i < last; i++) {
        if (spans.start[i]! >= to) break;
        yield {
          depth,
          start: spans.start[i]!,
          end: spans.end[i]!,
          name: spans.name[i]!,
          calls: spans.calls[i]!,
        };
      }
    }
  }
}

/** Of a depth, whose spans do not overlap, the first that reaches beyond a step. */
function firstEndingAfter({ depths, end }: Spans, depth: number, step: number): number {
  let low = depths[depth]!;
  let high = depths[depth + 1]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (end[middle]! > step) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The next level: spans shorter than `width` become one with what follows within `width`. */
function joined(spans: Spans, width: number): Spans {
  const list = new SpanList();
  for (let depth = 0; depth + 1 < spans.depths.length; depth++) {
    let open: Joining | undefined;
    const close = (): void => {
      if (open !== undefined)
        list.add(depth, open.span.start, open.span.end, open.span.name, open.span.calls);
      open = undefined;
    };
    for (let i = spans.depths[depth]!; i < spans.depths[depth + 1]!; i++) {
      const [start, end] = [spans.start[i]!, spans.end[i]!];
      const [name, calls] = [spans.name[i]!, spans.calls[i]!];
      if (end - start >= width) {
        close();
        list.add(depth, start, end, name, calls);
        continue;
      }
      if (open !== undefined && start - open.span.end >= width) close();
      if (open === undefined) open = new Joining(start, end, name, calls);
      else open.add(end, name, calls, end - start);
      if (open.span.end - open.span.start >= width) close();
    }
    close();
  }
  return list.finish();
}

/** Calls that are becoming one span: named after the longest run of one function. */
class Joining {
  span: { start: number; end: number; name: number; calls: number };
  #steps: number;

  constructor(start: number, end: number, name: number, calls: number) {
    this.span = { start, end, name, calls };
    this.#steps = end - start;
  }

  /** The name that has the majority stays (Boyer and Moore's vote, by steps). */
  add(end: number, name: number, calls: number, steps: number): void {
    this.span.end = end;
    this.span.calls += calls;
    if (name === this.span.name) this.#steps += steps;
    else if (steps > this.#steps) {
      this.span.name = name;
      this.#steps = steps - this.#steps;
    } else this.#steps -= steps;
  }
}
