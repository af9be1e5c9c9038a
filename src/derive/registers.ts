import {
  REGISTER_APIC_BASE,
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
  REGISTER_SEGMENTS,
} from '../trace/registers.js';

export const RSP = 6;
export const RCX = 2;
export const RSI = 4;
export const RDI = 5;

/** Selector, base, limit, attributes. */
const WORDS_PER_SEGMENT = 4;
const BASE = 1;

/** The register that holds the base of segment 0–5: cs, ds, es, fs, gs, ss. */
export function segmentBase(segment: number): number {
  return REGISTER_SEGMENTS + segment * WORDS_PER_SEGMENT + BASE;
}

/** The registers that addresses of operands follow from. */
export const ADDRESS_REGISTERS: readonly number[] = [
  ...Array.from({ length: 16 }, (_, i) => i),
  ...Array.from({ length: 6 }, (_, i) => segmentBase(i)),
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
];

const PAGING_REGISTERS = new Set([REGISTER_CR0, REGISTER_CR3, REGISTER_CR4, REGISTER_EFER]);

/** Registers at the state that a pass has come to, as low and high words by id. */
export class RegisterFile {
  readonly low = new Int32Array(REGISTER_APIC_BASE);
  readonly high = new Int32Array(REGISTER_APIC_BASE);

  set(register: number, low: number, high: number): void {
    this.low[register] = low;
    this.high[register] = high;
  }
}

export function isPagingRegister(register: number): boolean {
  return PAGING_REGISTERS.has(register);
}
