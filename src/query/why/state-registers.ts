import { lowWord } from '../../base/halves.js';
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
    return lowWord(this.#value(GENERAL_REGISTERS[index]!));
  }

  generalHigh(index: number): number {
    return lowWord(this.#value(GENERAL_REGISTERS[index]!) >> 32n);
  }

  baseLow(segment: number): number {
    return lowWord(this.#base(segment));
  }

  baseHigh(segment: number): number {
    return lowWord(this.#base(segment) >> 32n);
  }

  stackBits(): 0 | 16 | 32 {
    return stackBitsOf(lowWord(this.#value('ss_attributes')));
  }

  #base(segment: number): bigint {
    return this.#value(`${SEGMENT_REGISTERS[segment]!}_base`);
  }

  #value(name: string): bigint {
    return this.#state.register(name) ?? 0n;
  }
}
