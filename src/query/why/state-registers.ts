import { GENERAL_REGISTERS, SEGMENT_REGISTERS, stackBitsOf } from '../../trace/format/registers.js';
import type { AddressRegisters } from '../../x86/linear-address.js';
import type { State } from '../state.js';

/** What addresses of operands follow from, at a state. */
export class StateRegisters implements AddressRegisters {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  generalLow(index: number): number {
    return low(this.#value(GENERAL_REGISTERS[index]!));
  }

  generalHigh(index: number): number {
    return low(this.#value(GENERAL_REGISTERS[index]!) >> 32n);
  }

  baseLow(segment: number): number {
    return low(this.#base(segment));
  }

  baseHigh(segment: number): number {
    return low(this.#base(segment) >> 32n);
  }

  stackBits(): 0 | 16 | 32 {
    return stackBitsOf(low(this.#value('ss_attributes')));
  }

  #base(segment: number): bigint {
    return this.#value(`${SEGMENT_REGISTERS[segment]!}_base`);
  }

  #value(name: string): bigint {
    return this.#state.register(name) ?? 0n;
  }
}

function low(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
