import type { Connection } from './connection.js';
import { natural, text, unsigned } from './values.js';

export interface TraceSymbol {
  readonly address: bigint;
  /** In bytes; 0 where the guest does not say. */
  readonly size: number;
  /** 'function', 'object' or 'other'. */
  readonly kind: string;
  readonly name: string;
}

/** Where an address lies: `offset` bytes into `symbol`. */
export interface SymbolOffset {
  readonly symbol: TraceSymbol;
  readonly offset: bigint;
}

/** How far past a symbol of unknown size an address may lie and still be named after it. */
const UNSIZED_REACH = 0x1_0000n;
/** How many symbols to look back for one that encloses an address: nesting is shallow. */
const NESTING_LIMIT = 256;

/** The symbols of a trace, in memory, by address. */
export class SymbolTable {
  readonly symbols: readonly TraceSymbol[];
  /** For each symbol, the largest end of it and those before: where looking back may stop. */
  readonly #reach: bigint[] = [];
  readonly #byName = new Map<string, TraceSymbol>();

  /**
   * How much higher than where the guest was loaded its symbols are: the code of a kernel runs there
   * until it has its own page tables. Undefined where they are the same.
   */
  readonly distance: bigint | undefined;

  constructor(symbols: readonly TraceSymbol[], distance?: bigint) {
    this.distance = distance;
    this.symbols = symbols.toSorted(byAddress);
    let reach = 0n;
    for (const symbol of this.symbols) {
      const end = symbol.address + BigInt(symbol.size);
      if (end > reach) reach = end;
      this.#reach.push(reach);
      if (!this.#byName.has(symbol.name)) this.#byName.set(symbol.name, symbol);
    }
  }

  /** @param distanceOf how far from the symbols the guest was loaded */
  static read(
    connection: Connection,
    distanceOf: (symbols: readonly TraceSymbol[]) => bigint | undefined,
  ): SymbolTable {
    const query = connection.query(
      'symbol',
      'SELECT address, size, kind, name FROM symbol ORDER BY id',
      (row): TraceSymbol => ({
        address: unsigned(row, 0),
        size: natural(row, 1),
        kind: text(row, 2),
        name: text(row, 3),
      }),
    );
    const symbols = query.all();
    return new SymbolTable(symbols, distanceOf(symbols));
  }

  /** The symbol of this name; of several, the one at the lowest address. */
  named(name: string): TraceSymbol | undefined {
    return this.#byName.get(name);
  }

  /**
   * The symbol that an address belongs to: the innermost whose bytes enclose it, else the nearest
   * before it, if that one's size is unknown and it is near. An address where the guest was loaded
   * belongs to the symbol that was linked for another: `offset` is that from where this one lies.
   *
   * @param address unsigned
   */
  at(address: bigint): SymbolOffset | undefined {
    const found = this.#linkedAt(address);
    if (found !== undefined || this.distance === undefined) return found;
    return this.#linkedAt(address + this.distance);
  }

  /** Where the guest has loaded what was linked for an address, if that is elsewhere. */
  loadedAt(address: bigint): bigint | undefined {
    const { distance } = this;
    if (distance === undefined || address < distance) return undefined;
    return this.#linkedAt(address) === undefined ? undefined : address - distance;
  }

  #linkedAt(address: bigint): SymbolOffset | undefined {
    const nearest = this.#lastAtOrBelow(address);
    const stop = Math.max(0, nearest - NESTING_LIMIT);
    for (let i = nearest; i >= stop && this.#reach[i]! > address; i--) {
      const symbol = this.symbols[i]!;
      const offset = address - symbol.address;
      if (offset < symbol.size) return { symbol, offset };
    }
    const symbol = this.symbols[nearest];
    if (symbol === undefined || symbol.size !== 0) return undefined;
    const offset = address - symbol.address;
    return offset < UNSIZED_REACH ? { symbol, offset } : undefined;
  }

  #lastAtOrBelow(address: bigint): number {
    let low = 0;
    let high = this.symbols.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.symbols[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** `main`, `main+0x10`. */
export function formatSymbol({ symbol, offset }: SymbolOffset): string {
  return offset === 0n ? symbol.name : `${symbol.name}+0x${offset.toString(16)}`;
}

/** By address; functions last among equals, so that looking back meets them first. */
function byAddress(a: TraceSymbol, b: TraceSymbol): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return Number(a.kind === 'function') - Number(b.kind === 'function');
}
