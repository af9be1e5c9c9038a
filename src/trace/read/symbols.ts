import { hex } from '../../base/number-text.js';
import { suggestion } from '../../base/suggest.js';
import type { Connection } from './connection.js';
import { demangle, displayName, withoutParameters } from './demangle.js';
import type { LoadMap } from './load-map.js';
import { natural, text, unsigned } from './values.js';

/** A symbol of the guest. */
export interface TraceSymbol {
  readonly address: bigint;
  /** In bytes; 0 where the guest does not say. */
  readonly size: number;
  /** 'function', 'object' or 'other'. */
  readonly kind: string;
  /** As the guest's file has it: that of C++ and Rust is mangled. `demangle` tells what it stands for. */
  readonly name: string;
}

/** Where an address lies: `offset` bytes into `symbol`. */
export interface SymbolOffset {
  readonly symbol: TraceSymbol;
  readonly offset: bigint;
}

/**
 * How far past a symbol of unknown size an address may lie and still be named after it, where the trace
 * does not say what was loaded.
 */
const UNSIZED_REACH = 0x1_0000n;
/** How many symbols to look back for one that encloses an address: nesting is shallow. */
const NESTING_LIMIT = 256;

/** The symbols of a trace, in memory, by address. */
export class SymbolTable {
  readonly symbols: readonly TraceSymbol[];
  /** For each symbol, the largest end of it and those before: where looking back may stop. */
  readonly #reach: bigint[] = [];
  readonly #byName = new Map<string, TraceSymbol>();
  #bySourceName: ReadonlyMap<string, TraceSymbol> | undefined;

  /** Where the guest was loaded, as far as the trace tells. */
  readonly loadMap: LoadMap | undefined;

  constructor(symbols: readonly TraceSymbol[], loadMap?: LoadMap) {
    this.loadMap = loadMap;
    this.symbols = symbols.toSorted(byAddress);
    let reach = 0n;
    for (const symbol of this.symbols) {
      const end = symbol.address + BigInt(symbol.size);
      if (end > reach) reach = end;
      this.#reach.push(reach);
      if (!this.#byName.has(symbol.name)) this.#byName.set(symbol.name, symbol);
    }
  }

  /** @param loadMapOf where the guest with these symbols was loaded */
  static read(
    connection: Connection,
    loadMapOf: (symbols: readonly TraceSymbol[]) => LoadMap | undefined,
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
    return new SymbolTable(symbols, loadMapOf(symbols));
  }

  /**
   * The symbol of this name: as the file has it, or as the source has it, with its parameters or, if
   * there is but one, without (`foo::bar`). Of several of one name, the one at the lowest address.
   */
  named(name: string): TraceSymbol | undefined {
    return this.#byName.get(name) ?? this.#sourceNames().get(name);
  }

  /** ` (did you mean main?)` for a place in code that begins with no name there is, such as `mian+0x10`; else nothing. */
  suggestionFor(place: string): string {
    const name = place.replace(/(?:\+.*|:\w+)$/, '');
    const names = this.symbols.flatMap((symbol) => [symbol.name, demangle(symbol.name)]);
    return suggestion(name, names);
  }

  /** Mangled symbols by their names in the source, for those that differ. */
  #sourceNames(): ReadonlyMap<string, TraceSymbol> {
    if (this.#bySourceName === undefined) {
      const whole = new Map<string, TraceSymbol>();
      const short = new Map<string, TraceSymbol | undefined>();
      for (const symbol of this.symbols) {
        const name = demangle(symbol.name);
        if (name === symbol.name) continue;
        if (!whole.has(name)) whole.set(name, symbol);
        const bare = withoutParameters(name);
        if (bare === name) continue;
        const other = short.get(bare);
        // Aliases are one function: constructors have two names at one address.
        const isOne = !short.has(bare) || other?.address === symbol.address;
        short.set(bare, isOne ? (other ?? symbol) : undefined);
      }
      for (const [name, symbol] of short) {
        if (symbol !== undefined && !whole.has(name)) whole.set(name, symbol);
      }
      this.#bySourceName = whole;
    }
    return this.#bySourceName;
  }

  /**
   * The symbol that an address belongs to, as gdb and addr2line have it: the innermost whose bytes
   * enclose it, else the nearest before it, if the size of that is unknown. An address where the guest was loaded
   * belongs to the symbol that was linked for another: `offset` is that from where this one lies.
   *
   * @param address unsigned
   */
  at(address: bigint): SymbolOffset | undefined {
    const found = this.#linkedAt(address);
    if (found !== undefined) return found;
    const linked = this.loadMap?.linked(address);
    return linked === undefined ? undefined : this.#linkedAt(linked);
  }

  /** Where the guest has loaded what was linked for an address, if that is elsewhere. */
  loadedAt(address: bigint): bigint | undefined {
    const loaded = this.loadMap?.loaded(address);
    return loaded === undefined || this.#linkedAt(address) === undefined ? undefined : loaded;
  }

  #linkedAt(address: bigint): SymbolOffset | undefined {
    const nearest = this.#lastAtOrBelow(address);
    const stop = Math.max(0, nearest - NESTING_LIMIT);
    for (let i = nearest; i >= stop && this.#reach[i]! > address; i--) {
      const symbol = this.symbols[i]!;
      const offset = address - symbol.address;
      if (offset < symbol.size) return { symbol, offset };
    }
    const symbol = this.#unsizedAt(nearest);
    if (symbol === undefined) return undefined;
    const offset = address - symbol.address;
    const limit = this.loadMap?.limit(symbol.address) ?? symbol.address + UNSIZED_REACH;
    return offset === 0n || address < limit ? { symbol, offset } : undefined;
  }

  /** Of the symbols at the address of one, the last of unknown size. */
  #unsizedAt(index: number): TraceSymbol | undefined {
    const address = this.symbols[index]?.address;
    for (let i = index; i >= 0 && this.symbols[i]!.address === address; i--) {
      if (this.symbols[i]!.size === 0) return this.symbols[i];
    }
    return undefined;
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

/** `main`, `main+0x10`, `foo::bar(int)+0x10`. */
export function formatSymbol({ symbol, offset }: SymbolOffset): string {
  const name = displayName(symbol.name);
  return offset === 0n ? name : `${name}+${hex(offset)}`;
}

/** By address; functions last among equals, so that looking back meets them first. */
function byAddress(a: TraceSymbol, b: TraceSymbol): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return Number(a.kind === 'function') - Number(b.kind === 'function');
}
