/** Addresses of operands in 32-bit halves: passes over millions of steps have no time for BigInt. */
import { TWO_32, wide } from '../base/halves.js';
import { NO_REGISTER, type MemoryOperand } from './operand.js';

const FS = 3;
const GS = 4;

/** What addresses follow from, at some state. Halves are 32 bits, signed or not. */
export interface AddressRegisters {
  /** General registers by their index in struct kvm_regs. */
  generalLow(index: number): number;
  generalHigh(index: number): number;
  /** Bases of segments by their index in struct kvm_sregs. */
  baseLow(segment: number): number;
  baseHigh(segment: number): number;
  /** Width of the stack pointer by the B flag of ss (SDM vol. 3, 3.4.5); 0 where it is not known. */
  stackBits(): 0 | 16 | 32;
}

/** A linear address. Reused from operand to operand. */
export class LinearAddress {
  /** Signed. */
  low = 0;
  high = 0;
  #code64 = false;

  /** The address of an operand of an instruction of 16-, 32- or 64-bit code. */
  of(operand: MemoryOperand, registers: AddressRegisters, code64: boolean): void {
    const { base, index, scale, segment } = operand;
    let low = operand.displacementLow >>> 0;
    let high = operand.displacementHigh;
    if (base >= 0) {
      low += registers.generalLow(base) >>> 0;
      high += registers.generalHigh(base);
    }
    if (index >= 0) {
      const whole = registers.generalLow(index) >>> 0;
      if (operand.byteIndex) {
        low += whole & 0xff;
      } else {
        low += whole * scale;
        high += Math.imul(registers.generalHigh(index), scale);
      }
    }
    if (operand.bitOffset !== NO_REGISTER) {
      const bits = registers.generalLow(operand.bitOffset);
      const bitsHigh = registers.generalHigh(operand.bitOffset);
      low += movedLow(bits, bitsHigh, operand.size) >>> 0;
      high += movedHigh(bits, bitsHigh, operand.size);
    }
    let { addressBits } = operand;
    if (operand.stack && !code64) addressBits = registers.stackBits() || addressBits;
    if (addressBits === 64) {
      high += Math.floor(low / TWO_32);
    } else {
      high = 0;
      low = addressBits === 16 ? low & 0xffff : low % TWO_32;
    }
    // In 64-bit mode only fs and gs have a base (SDM vol. 3, 3.2.4).
    if (!code64 || segment === FS || segment === GS) {
      low = (low % TWO_32) + (registers.baseLow(segment) >>> 0);
      high += registers.baseHigh(segment) + (low >= TWO_32 ? 1 : 0);
    }
    this.low = low | 0;
    this.high = code64 ? high | 0 : 0;
    this.#code64 = code64;
  }

  /** An address that no operand says. */
  set(low: number, high: number, code64: boolean): void {
    this.low = low;
    this.high = high;
    this.#code64 = code64;
  }

  add(bytes: number): void {
    const low = (this.low >>> 0) + bytes;
    if (this.#code64) this.high = (this.high + Math.floor(low / TWO_32)) | 0;
    this.low = low | 0;
  }

  /** Unsigned. */
  get value(): bigint {
    return wide(this.low, this.high);
  }
}

/** By how many bytes a bit offset of 2, 4 or 8 bytes moves an operand: (offset DIV bits) * bytes. */
function movedLow(low: number, high: number, size: number): number {
  if (size === 2) return ((low << 16) >> 19) & ~1;
  if (size === 4) return (low >> 3) & ~3;
  return ((low >>> 3) | (high << 29)) & ~7;
}

function movedHigh(low: number, high: number, size: number): number {
  if (size === 2) return (low << 16) >> 31;
  return size === 4 ? low >> 31 : high >> 3;
}
