/** The functions that a guest's symbols tell of, by index. */
import type { SymbolTable, TraceSymbol } from '../trace/reader/symbols.js';

export const NO_FUNCTION = -1;

export class Functions {
  /** Whether there are any; without, nothing is known of where functions begin. */
  readonly known: boolean;
  readonly #symbols: SymbolTable;
  readonly #indexes = new Map<TraceSymbol, number>();

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
    this.known = symbols.symbols.some(({ kind }) => kind === 'function');
  }

  /** The function that holds an address, as a number, or NO_FUNCTION. */
  at(address: bigint): number {
    const found = this.#symbols.at(address);
    if (found?.symbol.kind !== 'function') return NO_FUNCTION;
    let index = this.#indexes.get(found.symbol);
    if (index === undefined) {
      index = this.#indexes.size;
      this.#indexes.set(found.symbol, index);
    }
    return index;
  }

  startsAt(address: bigint): boolean {
    const found = this.#symbols.at(address);
    return found?.symbol.kind === 'function' && found.offset === 0n;
  }
}
