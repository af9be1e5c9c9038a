/**
 * RCL and RCR of memory, put right. QEMU rotates, takes the carry over, and only then stores (gen_rotc_rm_T1
 * in target/i386/tcg/translate.c, helper_rclb and the like in shift_helper_template.h, 7.2). Where KVM has to
 * make the page writable first, for its log of written pages, the instruction runs again, and rotates the
 * carry in that it has just rotated out.
 */
import { RCX, RFLAGS, WordRegisters } from '../machine/register-words.js';
import { FLAG_BITS } from '../x86/flag-bits.js';
import type { CarryRotation } from '../x86/instruction-class.js';
import { LinearAddress } from '../x86/linear-address.js';
import type { Code } from './code-cache.js';
import type { VcpuControl } from './vcpu-control.js';

const { cf, of } = FLAG_BITS;

/** After a step in the emulated machine: memory and flags as the processor's manual has them. */
export function mendCarryRotation(control: VcpuControl, code: Code): void {
  const { carryRotation, operands } = code.class;
  if (carryRotation === undefined || !control.vcpu.isEmulated) return;
  const operand = operands.find(({ reads, writes }) => reads && writes);
  if (operand === undefined) return;
  const { before, words } = control;
  const linear = new LinearAddress();
  linear.of(operand, new WordRegisters(before), code.mode === 64);
  const address = linear.value;
  // A device's is KVM's own work.
  const old = control.readBefore(address, operand.size);
  if (old === undefined) return;
  const bits = 8 * operand.size;
  const count = countOf(carryRotation, before, bits);
  if (count === 0) return;
  const carry = (before[RFLAGS]! & cf) !== 0;
  const { value, flags } = rotated(old, bits, carry, carryRotation.left ? count : -count);
  for (let i = 0n; i < operand.size; i++) {
    control.writeByte(address + i, Number((value >> (8n * i)) & 0xffn));
  }
  const rflags = (words[RFLAGS]! & ~(cf | of)) | flags;
  if (rflags === words[RFLAGS]) return;
  words[RFLAGS] = rflags;
  control.writeBack();
  control.stepPlainly();
}

/** SDM vol. 2, RCL: the count modulo the bits with the carry. */
function countOf({ count }: CarryRotation, before: Int32Array, bits: number): number {
  const whole = (count ?? before[RCX]!) & (bits === 64 ? 63 : 31);
  return whole % (bits + 1);
}

/**
 * By so many bits to the left. OF is undefined but for counts of 1: it is as QEMU has it, whether the sign
 * changed.
 */
function rotated(
  old: bigint,
  bits: number,
  carry: boolean,
  count: number,
): { value: bigint; flags: number } {
  const width = BigInt(bits + 1);
  const by = count > 0 ? BigInt(count) : width + BigInt(count);
  const all = old | (carry ? 1n << BigInt(bits) : 0n);
  const turned = BigInt.asUintN(bits + 1, (all << by) | (all >> (width - by)));
  const value = BigInt.asUintN(bits, turned);
  const changesSign = (value ^ old) >> BigInt(bits - 1) !== 0n;
  return { value, flags: (turned !== value ? cf : 0) | (changesSign ? of : 0) };
}
