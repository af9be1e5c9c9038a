/** Which function an address belongs to: by symbols, or by where calls go. */
import { SymbolTable, type TraceSymbol } from '../../../trace/read/symbols.js';
import type { Side } from '../../side.js';
import { isColdPart } from './symbol-names.js';

/** The function that an address belongs to. */
export interface NamedFunction {
  /** Its symbol, numbered where several share it; without symbols `fn_` and the address. */
  readonly name: string;
  /** Its symbol as it stands; undefined where there is none. */
  readonly symbol: string | undefined;
  /** Where it begins; -1 where that is not known. */
  readonly address: bigint;
  /** Whether this is of the part that a compiler moved elsewhere because it seldom runs. */
  readonly cold: boolean;
}

/** A jump from the one address to the other. */
export type Jump = readonly [from: bigint, to: bigint];

/** What the run shows of where functions begin, for guests without symbols. */
export interface CodeFacts {
  /** Where calls go, and the first instruction of the trace. */
  readonly called: ReadonlySet<bigint>;
  readonly jumps: readonly Jump[];
}

/** Whether the guest says which of its symbols are functions. */
export function hasFunctionSymbols({ file }: Side): boolean {
  return file.symbols.symbols.some(({ kind }) => kind === 'function');
}

/** Tells the function of an address, and names it. */
export class FunctionNames {
  /** Whether functions are those of symbols. */
  readonly known: boolean;
  readonly #table: SymbolTable;
  /** Symbols that share a name, by address: static functions of several files. */
  readonly #numbers = new Map<TraceSymbol, number>();
  /** The functions that parts named `X.cold` belong to. */
  readonly #parents = new Map<TraceSymbol, TraceSymbol>();
  readonly #entries: readonly bigint[];

  /** @param byCalls where calls go decides, as it must where the other trace has no symbols */
  constructor(side: Side, { called, jumps }: CodeFacts, byCalls: boolean) {
    const { symbols, loadMap } = side.file.symbols;
    // A label without a type is a place in some function, unless it is called.
    this.#table = new SymbolTable(
      symbols.filter(
        ({ kind, address }) => kind === 'function' || (kind === 'other' && called.has(address)),
      ),
      loadMap,
    );
    this.known = !byCalls && (hasFunctionSymbols(side) || this.#namesMost(called));
    this.#entries = [...called].sort((a, b) => (a < b ? -1 : 1));
    this.#findParents(jumps);
    const seen = new Map<string, number>();
    for (const symbol of this.#table.symbols) {
      if (this.#parents.has(symbol)) continue;
      const count = (seen.get(symbol.name) ?? 0) + 1;
      seen.set(symbol.name, count);
      if (count > 1) this.#numbers.set(symbol, count);
    }
  }

  at(address: bigint): NamedFunction {
    if (!this.known) return this.#byEntry(address);
    const found = this.#table.at(address);
    if (found === undefined) {
      return { name: '(no symbol)', symbol: undefined, address: -1n, cold: false };
    }
    const parent = this.#parents.get(found.symbol);
    const symbol = parent ?? found.symbol;
    const number = this.#numbers.get(symbol);
    return {
      name: number === undefined ? symbol.name : `${symbol.name}#${number}`,
      symbol: symbol.name,
      // Of the code where it was loaded: as far from it as from the symbol.
      address: symbol === found.symbol ? address - found.offset : symbol.address,
      cold: parent !== undefined,
    };
  }

  #namesMost(called: ReadonlySet<bigint>): boolean {
    const named = new Set(this.#table.symbols.map(({ address }) => address));
    const count = [...called].filter((address) => named.has(address)).length;
    return count > 0 && count * 2 >= called.size;
  }

  /** The part of a static function belongs to that one of its name which jumps there. */
  #findParents(jumps: readonly Jump[]): void {
    const parts = this.#table.symbols.filter(({ name }) => isColdPart(name));
    if (parts.length === 0) return;
    const sources = new Map<TraceSymbol, Set<TraceSymbol>>();
    for (const [from, to] of jumps) {
      const part = this.#table.at(to)?.symbol;
      const source = this.#table.at(from)?.symbol;
      if (part === undefined || source === undefined || !isColdPart(part.name)) continue;
      let known = sources.get(part);
      if (known === undefined) sources.set(part, (known = new Set()));
      known.add(source);
    }
    for (const part of parts) {
      const name = isColdPart(part.name);
      const parent =
        [...(sources.get(part) ?? [])].find((each) => each.name === name) ??
        this.#table.named(name ?? '');
      if (parent !== undefined) this.#parents.set(part, parent);
    }
  }

  #byEntry(address: bigint): NamedFunction {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    const entry = this.#entries[low - 1];
    const none = { symbol: undefined, cold: false };
    if (entry === undefined) return { ...none, name: '(before all calls)', address: -1n };
    // The one trace of the two that has symbols can still say what the function is called.
    const found = this.#table.at(entry);
    const name = found?.offset === 0n ? found.symbol.name : `fn_${entry.toString(16)}`;
    return { ...none, name, address: entry };
  }
}
