/** Where a value comes from: a tree of steps back to inputs, initial values and constants. */
import type { SymbolOffset } from '../../trace/reader/symbols.js';
import type { TraceFile } from '../../trace/reader/trace-file.js';
import type { PhysicalMemory } from '../physical-memory.js';
import { Links, type Link, type Source } from './link.js';
import { placeName, registerValue, type Place } from './location.js';
import { REGISTER_RFLAGS } from '../../trace/registers.js';

export interface WhyOptions {
  /** Links from the value to the farthest that is told. Default 8. */
  readonly depth?: number;
  /** Links in all. Default 200. */
  readonly links?: number;
  /** Follow the registers that memory addresses are made of, too. Default false. */
  readonly addresses?: boolean;
}

/** A value and the step that made it. */
export interface WhyNode extends Omit<Link, 'sources' | 'addresses'> {
  /** `rax`, `zf`, `[0x7ff8]:8`. */
  readonly name: string;
  readonly place: Place;
  /** The state in which the value is in the place. */
  readonly state: number;
  /** Little-endian; undefined where the trace does not record it. */
  readonly value: bigint | undefined;
  readonly symbol: SymbolOffset | undefined;
  /** How often the same instruction made the value of its own last result, as in a loop. */
  readonly repeats: number;
  /** First step of these. */
  readonly firstRepeat: number | undefined;
  readonly sources: readonly WhyNode[];
  /** Why `sources` is empty though there are some: told elsewhere in the tree, or too far away. */
  readonly omitted: 'told' | 'depth' | undefined;
}

const DEFAULT_DEPTH = 8;
const DEFAULT_LINKS = 200;
/** Turns of a loop that are taken together. */
const MAX_REPEATS = 5000;

/** The tree of a place's value in state `state`. */
export function why(
  file: TraceFile,
  memory: PhysicalMemory,
  place: Place,
  state: number,
  { depth = DEFAULT_DEPTH, links = DEFAULT_LINKS, addresses = false }: WhyOptions = {},
): WhyNode {
  const search = new Search(file, memory, links, addresses);
  return search.node({ place, state }, depth);
}

class Search {
  readonly #file: TraceFile;
  readonly #memory: PhysicalMemory;
  readonly #links: Links;
  readonly #addresses: boolean;
  readonly #told = new Set<string>();
  #left: number;

  constructor(file: TraceFile, memory: PhysicalMemory, left: number, addresses: boolean) {
    this.#file = file;
    this.#memory = memory;
    this.#links = new Links(file, memory);
    this.#addresses = addresses;
    this.#left = left;
  }

  node(source: Source, depth: number): WhyNode {
    this.#left--;
    const link = this.#links.of(source);
    const { last, repeats } = this.#fold(link);
    const from = [...last.sources, ...(this.#addresses ? last.addresses : [])];
    const key = `${placeName(source.place)} ${link.step ?? -1}`;
    const omitted = from.length === 0 ? undefined : this.#omits(key, depth);
    this.#told.add(key);
    const { place, state } = source;
    return {
      name: placeName(place),
      place,
      state,
      value: this.#value(place, state),
      symbol:
        link.instruction === undefined
          ? undefined
          : this.#file.symbols.at(link.instruction.address),
      origin: link.origin,
      step: link.step,
      instruction: link.instruction,
      detail: link.detail,
      copies: link.copies,
      repeats,
      firstRepeat: repeats === 0 ? undefined : last.step,
      sources: omitted === undefined ? this.#children(from, depth) : [],
      omitted,
    };
  }

  #children(from: readonly Source[], depth: number): WhyNode[] {
    return from.map((each) => this.node(each, depth - 1));
  }

  #omits(key: string, depth: number): WhyNode['omitted'] {
    if (this.#told.has(key)) return 'told';
    return depth <= 1 || this.#left <= 0 ? 'depth' : undefined;
  }

  /** Follows a counter back through its loop: an instruction whose only source is its own result. */
  #fold(link: Link): { last: Link; repeats: number } {
    let last = link;
    let repeats = 0;
    while (last.origin === 'computed' && last.sources.length === 1 && repeats < MAX_REPEATS) {
      const before = this.#links.of(last.sources[0]!);
      if (before.instruction !== last.instruction || before.sources.length !== 1) break;
      last = before;
      repeats++;
    }
    return { last, repeats };
  }

  #value(place: Place, state: number): bigint | undefined {
    switch (place.kind) {
      case 'register':
        return registerValue(this.#file, place, state);
      case 'flags': {
        const rflags = this.#file.registers.last(REGISTER_RFLAGS, state)?.value;
        if (rflags === undefined) return undefined;
        const bits = rflags & BigInt(place.bits);
        // One flag is 0 or 1; several keep their places.
        return (place.bits & (place.bits - 1)) === 0 ? BigInt(bits !== 0n) : bits;
      }
      case 'memory': {
        const bytes = this.#memory.read(place.gpa, Math.min(place.size, 32), state);
        return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
      }
    }
  }
}
