/** Register values of one trace by id, as two words each, following the steps along. */
import { wide } from '../../base/halves.js';
import { REGISTER_SS_ATTRIBUTES, segmentBase, stackBitsOf } from '../../trace/format/registers.js';
import type { AddressRegisters } from '../../x86/linear-address.js';
import type { Side } from '../side.js';
import { registersOf, type StepWords } from './effects.js';

/** Up to here reading what changed costs less than reading every register again. */
const NEAR_STEPS = 256;

const UNKNOWN = 0;
const KNOWN = 1;
/** Not read from the trace since the step that was jumped to. */
const UNREAD = 2;

/** Gives the value of a register at the current step, and reads it only when asked. */
export class RegisterFile implements AddressRegisters {
  readonly #side: Side;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #known: Uint8Array;
  /** What was not read yet has the value of this state. */
  #state = 0;
  /** The state that all values are of; before the first, one that is near to none. */
  #at = Infinity;

  constructor(side: Side, state: number) {
    this.#side = side;
    // By id: the last is the largest.
    const size = (side.file.registers.list.at(-1)?.id ?? -1) + 1;
    this.#low = new Int32Array(size);
    this.#high = new Int32Array(size);
    this.#known = new Uint8Array(size);
    this.load(state);
  }

  /** Takes all values from a state of the trace: each when it is asked for. */
  load(state: number): void {
    const skipped = state - this.#at;
    if (skipped >= 0 && skipped <= NEAR_STEPS) {
      // Most of what was read is as it was.
      for (const { register, value } of this.#side.file.registers.between(this.#at, state)) {
        this.#keep(register, value);
      }
    } else {
      this.#known.fill(UNREAD);
    }
    this.#state = state;
    this.#at = state;
  }

  /** Carries a step's register changes out. */
  apply(words: StepWords): void {
    this.#at++;
    const registers = registersOf(words);
    for (let at = 0; at < registers.length; at += 3) {
      const id = registers[at]!;
      this.#low[id] = registers[at + 1]!;
      this.#high[id] = registers[at + 2]!;
      this.#known[id] = KNOWN;
    }
  }

  /** Whether the trace has a value. */
  knows(id: number): boolean {
    return this.#known[id] === KNOWN || (this.#known[id] === UNREAD && this.#read(id));
  }

  low(id: number): number {
    if (this.#known[id] === UNREAD) this.#read(id);
    return this.#low[id] ?? 0;
  }

  high(id: number): number {
    if (this.#known[id] === UNREAD) this.#read(id);
    return this.#high[id] ?? 0;
  }

  value(id: number): bigint {
    return wide(this.low(id), this.high(id));
  }

  generalLow(index: number): number {
    return this.low(index);
  }

  generalHigh(index: number): number {
    return this.high(index);
  }

  baseLow(segment: number): number {
    return this.low(segmentBase(segment));
  }

  baseHigh(segment: number): number {
    return this.high(segmentBase(segment));
  }

  stackBits(): 0 | 16 | 32 {
    return stackBitsOf(this.low(REGISTER_SS_ATTRIBUTES));
  }

  /** It has not been written since the state that was loaded. */
  #read(id: number): boolean {
    const value = this.#side.file.registers.last(id, this.#state)?.value;
    if (value === undefined) {
      this.#known[id] = UNKNOWN;
      this.#low[id] = this.#high[id] = 0;
    } else {
      this.#keep(id, value);
    }
    return value !== undefined;
  }

  #keep(id: number, value: bigint): void {
    this.#known[id] = KNOWN;
    this.#low[id] = Number(BigInt.asIntN(32, value));
    this.#high[id] = Number(BigInt.asIntN(32, value >> 32n));
  }
}
