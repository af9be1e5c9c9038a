import {
  REGISTER_APIC_BASE,
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
  REGISTER_SS_ATTRIBUTES,
  segmentBase,
  stackBitsOf,
} from '../trace/registers.js';
import type { AddressRegisters } from '../x86/linear-address.js';

export const RSP = 6;
export const RCX = 2;
export const RSI = 4;
export const RDI = 5;

/** The registers that addresses of operands follow from. */
export const ADDRESS_REGISTERS: readonly number[] = [
  ...Array.from({ length: 16 }, (_, i) => i),
  ...Array.from({ length: 6 }, (_, i) => segmentBase(i)),
  REGISTER_SS_ATTRIBUTES,
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
];

const PAGING_REGISTERS = new Set([REGISTER_CR0, REGISTER_CR3, REGISTER_CR4, REGISTER_EFER]);

/** Registers at the state that a pass has come to, as low and high words by id. */
export class RegisterFile implements AddressRegisters {
  readonly low = new Int32Array(REGISTER_APIC_BASE);
  readonly high = new Int32Array(REGISTER_APIC_BASE);

  set(register: number, low: number, high: number): void {
    this.low[register] = low;
    this.high[register] = high;
  }

  generalLow(index: number): number {
    return this.low[index]!;
  }

  generalHigh(index: number): number {
    return this.high[index]!;
  }

  baseLow(segment: number): number {
    return this.low[segmentBase(segment)]!;
  }

  baseHigh(segment: number): number {
    return this.high[segmentBase(segment)]!;
  }

  stackBits(): 0 | 16 | 32 {
    return stackBitsOf(this.low[REGISTER_SS_ATTRIBUTES]!);
  }
}

export function isPagingRegister(register: number): boolean {
  return PAGING_REGISTERS.has(register);
}
