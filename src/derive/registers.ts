import { TWO_32 } from '../base/halves.js';
import {
  REGISTER_APIC_BASE,
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
  REGISTER_SEGMENTS,
  REGISTER_SS_ATTRIBUTES,
  segmentBase,
  stackBitsOf,
} from '../trace/format/registers.js';
import type { Mode } from '../x86/iced.js';
import type { AddressRegisters } from '../x86/linear-address.js';

/** Id of the stack pointer in the table `register`. */
export const RSP = 6;
/** Id of rcx in the table `register`: the count of string instructions. */
export const RCX = 2;

/** Selector of the code segment; its low bits are the privilege level. */
export const CS = REGISTER_SEGMENTS;
const SS = 5;

/** The registers that addresses of operands and of the frames of exceptions follow from. */
export const ADDRESS_REGISTERS: readonly number[] = [
  ...Array.from({ length: 16 }, (_, i) => i),
  ...Array.from({ length: 6 }, (_, i) => segmentBase(i)),
  CS,
  REGISTER_SS_ATTRIBUTES,
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
];

/** The registers that stack pointers follow from. */
export const STACK_REGISTERS: readonly number[] = [RSP, segmentBase(SS)];

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

/** Whether translations may change with this register, by its id: CR0, CR3, CR4, EFER. */
export function isPagingRegister(register: number): boolean {
  return PAGING_REGISTERS.has(register);
}

/**
 * The linear address that the stack pointer holds in code of a mode, as a signed number: canonical
 * addresses (SDM vol. 1, 3.3.7.1) lose nothing.
 */
export function stackPointer({ low, high }: RegisterFile, mode: Mode): number {
  // In 64-bit mode ss has no base (SDM vol. 3, 3.2.4).
  if (mode === 64) return high[RSP]! * TWO_32 + (low[RSP]! >>> 0);
  return ((low[segmentBase(SS)]! >>> 0) + (low[RSP]! >>> 0)) % TWO_32;
}
