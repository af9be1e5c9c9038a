/**
 * Whose code it is: functions as numbers, from the guest's symbols, and where there are none, from
 * the calls that were made.
 */
import type { SymbolTable, TraceSymbol } from '../trace/read/symbols.js';
import type { DecodedCode } from './code.js';

/** No symbol says whose code it is. */
export const NO_FUNCTION = -1;

/** Numbers the functions of a trace as a pass meets them. */
export class Functions {
  readonly #symbols: SymbolTable;
  readonly #bySymbol = new Map<TraceSymbol, number>();
  /** Functions that no symbol names, by where they begin. */
  readonly #byEntry = new Map<bigint, number>();
  /** Where each function begins. */
  readonly #entries: bigint[] = [];
  /** By instruction id: the function of a symbol, or NO_FUNCTION. */
  readonly #ofCode: number[] = [];
  /** By instruction id of a call that was made: by whom. */
  readonly #callers: (number | undefined)[] = [];
  /** By where calls return to: the same. */
  readonly #sites = new Map<bigint, number>();
  readonly #called = new Set<bigint>();

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Before the first use of an instruction. */
  define({ id, address }: DecodedCode): void {
    this.#ofCode[id] = this.at(address);
  }

  /** The function that an instruction is part of, as its symbol says, or NO_FUNCTION. */
  ofCode(id: number): number {
    return this.#ofCode[id]!;
  }

  /** The function that holds an address, as a symbol says, or NO_FUNCTION. */
  at(address: bigint): number {
    const found = this.#symbols.at(address);
    if (found?.symbol.kind !== 'function') return NO_FUNCTION;
    return this.#number(this.#bySymbol, found.symbol, found.symbol.address);
  }

  /**
   * The function that a call to an address enters: one of its own where there is no symbol.
   *
   * @param symbol what `at` says of the address, if that is known already
   */
  entered(address: bigint, symbol = this.at(address)): number {
    return symbol === NO_FUNCTION ? this.#number(this.#byEntry, address, address) : symbol;
  }

  /** Whether a function begins at an address: by its symbol, or because it has been called. */
  begins(address: bigint): boolean {
    const found = this.#symbols.at(address);
    return found?.symbol.kind === 'function' ? found.offset === 0n : this.#called.has(address);
  }

  /** Linear address of a function's first instruction. */
  entry(index: number): bigint {
    return this.#entries[index]!;
  }

  /** Takes note of where a call went. */
  called(address: bigint): void {
    this.#called.add(address);
  }

  /** Who made a call, if it was made before. */
  callerOf({ id }: DecodedCode): number | undefined {
    return this.#callers[id];
  }

  /** Takes note of who makes a call. */
  learnCaller({ id, next }: DecodedCode, caller: number): void {
    this.#callers[id] = caller;
    this.#sites.set(next, caller);
  }

  /** The function that has made calls which return to an address, or NO_FUNCTION. */
  returnedTo(address: bigint): number {
    return this.#sites.get(address) ?? NO_FUNCTION;
  }

  #number<K>(numbers: Map<K, number>, key: K, entry: bigint): number {
    let found = numbers.get(key);
    if (found === undefined) {
      found = this.#entries.length;
      numbers.set(key, found);
      this.#entries.push(entry);
    }
    return found;
  }
}
