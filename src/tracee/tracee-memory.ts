import { hex } from '../base/number-text.js';
import { inputError } from '../base/errors.js';
import { MEM } from '../kvm/abi/memory.js';
import type { GuestMemory, MemorySlot } from '../kvm/guest-memory.js';

/** An address in guest memory: a number up to 2^53, or a bigint. */
export type Address = number | bigint;

/** As a number, for addresses that can be RAM at all. */
export function toGpa(address: Address): number {
  const gpa = Number(address);
  if (!Number.isSafeInteger(gpa) || gpa < 0) {
    throw inputError(
      `Guest memory has nothing at ${address < 0 ? address.toString() : hex(address)}: give an address from 0 to 0x1fffffffffffff.`,
    );
  }
  return gpa;
}

/** As a length. */
export function toLength(length: number): number {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw inputError(`${length} is no length: give a number of bytes from 0 up.`);
  }
  return length;
}

const isReadonly = (slot: MemorySlot) => (slot.flags & MEM.KVM_MEM_READONLY) !== 0;

/** Throws unless the host may write all of these bytes. */
export function checkWritable(memory: GuestMemory, gpa: number, length: number): void {
  for (const slot of memory.slots.filter(isReadonly)) {
    const first = Math.max(gpa, slot.gpa);
    if (first < Math.min(gpa + length, slot.gpa + slot.size)) {
      throw inputError(
        `Guest memory is read-only at ${hex(first)}: write below ${hex(slot.gpa)} or from ${hex(slot.gpa + slot.size)} on.`,
      );
    }
  }
}
