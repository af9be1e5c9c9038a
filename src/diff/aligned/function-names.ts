/** Which function an address belongs to: by symbols, or by where calls go. */
import type { Side } from '../side.js';

export interface NamedFunction {
  readonly name: string;
  readonly address: bigint;
}

export class FunctionNames {
  /** Whether the trace has symbols of functions. */
  readonly known: boolean;
  readonly #side: Side;
  /** Symbols that share a name, by address: static functions of several files. */
  readonly #numbers = new Map<bigint, number>();
  readonly #entries: readonly bigint[];

  /** @param targets where calls go, for guests without symbols */
  constructor(side: Side, targets: readonly bigint[], start: bigint | undefined) {
    this.#side = side;
    const functions = side.file.symbols.symbols.filter(({ kind }) => kind === 'function');
    this.known = functions.length > 0;
    const seen = new Map<string, number>();
    for (const { name, address } of functions) {
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      if (count > 1) this.#numbers.set(address, count);
    }
    const entries = new Set(start === undefined ? targets : [start, ...targets]);
    this.#entries = [...entries].sort((a, b) => (a < b ? -1 : 1));
  }

  at(address: bigint): NamedFunction {
    if (!this.known) return this.#byEntry(address);
    const found = this.#side.file.symbols.at(address);
    if (found === undefined) return { name: '(no symbol)', address: -1n };
    const { symbol } = found;
    const number = this.#numbers.get(symbol.address);
    const name = number === undefined ? symbol.name : `${symbol.name}#${number}`;
    return { name, address: symbol.address };
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
    return entry === undefined
      ? { name: '(before all calls)', address: -1n }
      : { name: `fn_${entry.toString(16)}`, address: entry };
  }
}
