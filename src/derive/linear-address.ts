/** Addresses of operands in 32-bit halves: a pass over millions of steps has no time for BigInt. */
import type { Operand } from './code.js';
import { segmentBase, type RegisterFile } from './registers.js';

const TWO_32 = 0x1_0000_0000;
const FS = 3;
const GS = 4;

/** A linear address. Reused from operand to operand. */
export class LinearAddress {
  low = 0;
  high = 0;

  /** The address of an operand of an instruction of 16-, 32- or 64-bit code. */
  of(operand: Operand, registers: RegisterFile, code64: boolean): void {
    const { base, index, scale, addressBits, segment } = operand;
    let low = operand.displacementLow >>> 0;
    let high = operand.displacementHigh;
    if (base >= 0) {
      low += registers.low[base]! >>> 0;
      high += registers.high[base]!;
    }
    if (index >= 0) {
      low += (registers.low[index]! >>> 0) * scale;
      high += Math.imul(registers.high[index]!, scale);
    }
    if (addressBits === 64) {
      high += Math.floor(low / TWO_32);
    } else {
      high = 0;
      low = addressBits === 16 ? low & 0xffff : low % TWO_32;
    }
    // In 64-bit mode only fs and gs have a base (SDM vol. 3, 3.2.4).
    if (!code64 || segment === FS || segment === GS) {
      const register = segmentBase(segment);
      low = (low % TWO_32) + (registers.low[register]! >>> 0);
      high += registers.high[register]! + (low >= TWO_32 ? 1 : 0);
    }
    this.low = low | 0;
    this.high = code64 ? high | 0 : 0;
  }

  add(bytes: number): void {
    const low = (this.low >>> 0) + bytes;
    this.high = (this.high + Math.floor(low / TWO_32)) | 0;
    this.low = low | 0;
  }
}
