/** Where a value comes from: a tree of steps back to inputs, initial values and constants. */
import type { SourcePlace } from '../../trace/read/source-lines.js';
import type { SymbolOffset } from '../../trace/read/symbols.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { PhysicalMemory } from '../physical-memory.js';
import { Stores } from '../stores.js';
import { Links, type Copy, type Link } from './link.js';
import { placeName, type Place } from './location.js';
import type { Source } from './sources.js';
import { valueOf } from './value.js';

/** How far back an explanation goes. */
export interface WhyOptions {
  /** Links from the value to the farthest that is told, 1 to 500. Default 8. */
  readonly depth?: number;
  /** Links in all, 1 to 100,000. Default 200. */
  readonly links?: number;
  /** Follow the registers that memory addresses are made of, too. Default false. */
  readonly addresses?: boolean;
}

/** A place as people and JSON see it. */
export interface NamedPlace {
  /** `rax`, `zf`, `[0x7ff8]:8`, `phys:[0x1000]:4`. */
  readonly name: string;
  readonly place: Place;
  /** Of memory with a linear address: the symbol that it is part of. */
  readonly location: SymbolOffset | undefined;
}

/** A step that moved a value, and where from. */
export interface WhyCopy extends NamedPlace {
  readonly step: number;
}

/** A value and the step that made it. */
export interface WhyNode
  extends NamedPlace, Omit<Link, 'sources' | 'addresses' | 'copies' | 'made'> {
  /** The state in which the value is in the place. */
  readonly state: number;
  /** Little-endian; undefined where the trace does not record it, and of more than 64 bytes. */
  readonly value: bigint | undefined;
  /** Of the instruction. */
  readonly symbol: SymbolOffset | undefined;
  /** The source line of the instruction, where the guest says. */
  readonly source: SourcePlace | undefined;
  /** Steps that moved the value as it is, the newest first: the last `from` is where it was made. */
  readonly copies: readonly WhyCopy[];
  /** How often the same instruction made the value of its own last result, as in a loop. */
  readonly repeats: number;
  /** First step of these. */
  readonly firstRepeat: number | undefined;
  readonly sources: readonly WhyNode[];
  /** Why `sources` is empty though there are some: told elsewhere in the tree, or a limit. */
  readonly omitted: 'told' | 'depth' | 'links' | undefined;
}

const DEFAULT_DEPTH = 8;
const DEFAULT_LINKS = 200;
/** Each level is a call of a function or two, here and of who walks the tree. */
export const MAX_DEPTH = 500;
/** The most links that one explanation may have. */
export const MAX_LINKS = 100_000;
/** Turns of a loop that are taken together. */
const MAX_REPEATS = 5000;

/**
 * The tree of a place's value in state `state`.
 *
 * @throws RangeError for a depth or a number of links outside of its limits
 */
export function why(
  file: TraceFile,
  memory: PhysicalMemory,
  place: Place,
  state: number,
  { depth = DEFAULT_DEPTH, links = DEFAULT_LINKS, addresses = false }: WhyOptions = {},
): WhyNode {
  checkLimit('depth', depth, MAX_DEPTH);
  checkLimit('links', links, MAX_LINKS);
  const search = new Search(file, memory, links, addresses);
  return search.node({ place, state }, depth);
}

function sourceName({ place, state }: Source): string {
  return `${placeName(place)}@${state}`;
}

function checkLimit(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  throw new RangeError(`${name} is ${value}: it has to be an integer from 1 to ${most}`);
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
    this.#links = new Links(file, memory, new Stores(file));
    this.#addresses = addresses;
    this.#left = left;
  }

  node(source: Source, depth: number): WhyNode {
    this.#left--;
    const link = this.#links.of(source);
    const { last, repeats } = this.#fold(link);
    const from = [...last.sources, ...(this.#addresses ? last.addresses : [])];
    // The value is told by where it was made: copies of it lead there.
    const at = this.#addresses ? last.addresses.map(sourceName).join() : '';
    const key = `${placeName(link.made.place)} ${link.step ?? -1} ${at}`;
    const omitted = from.length === 0 ? undefined : this.#omits(key, depth);
    this.#told.add(key);
    const { instruction } = link;
    return {
      ...this.#named(source.place),
      state: source.state,
      value: valueOf(this.#file, this.#memory, source.place, source.state),
      symbol: instruction === undefined ? undefined : this.#file.symbols.at(instruction.address),
      source: instruction === undefined ? undefined : this.#file.sourceAt(instruction.address),
      origin: link.origin,
      step: link.step,
      instruction,
      detail: link.detail,
      complete: link.complete,
      copies: link.copies.map((copy) => this.#copy(copy)),
      repeats,
      firstRepeat: repeats === 0 ? undefined : last.step,
      sources: omitted === undefined ? this.#children(from, depth) : [],
      omitted,
    };
  }

  #copy({ step, from }: Copy): WhyCopy {
    return { step, ...this.#named(from) };
  }

  #named(place: Place): NamedPlace {
    const gva = place.kind === 'memory' ? place.gva : undefined;
    const location = gva === undefined ? undefined : this.#file.symbols.at(gva);
    return { name: placeName(place), place, location };
  }

  #children(from: readonly Source[], depth: number): WhyNode[] {
    return from.map((each) => this.node(each, depth - 1));
  }

  #omits(key: string, depth: number): WhyNode['omitted'] {
    if (this.#told.has(key)) return 'told';
    if (this.#left <= 0) return 'links';
    return depth <= 1 ? 'depth' : undefined;
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
}
