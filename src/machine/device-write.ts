import { PAGE_BYTES } from '../base/page.js';
import type { Machine } from './machine.js';

/**
 * Writes guest memory in the middle of a step, as a device does (DMA): the pages count as written in it.
 * False, and nothing is written, where there is no memory, or only a ROM.
 */
export function writeAsDevice(machine: Machine, gpa: number, bytes: Uint8Array): boolean {
  const end = gpa + bytes.length;
  const index = machine.slots.findIndex(
    (slot) => gpa >= slot.gpa && end <= slot.gpa + slot.size && !slot.readonly,
  );
  if (index < 0) return false;
  if (bytes.length === 0) return true;
  const slot = machine.slots[index]!;
  const start = gpa - slot.gpa;
  slot.bytes.set(bytes, start);
  machine.vcpu.wrote(slot.address + start, bytes.length);
  const last = Math.floor((start + bytes.length - 1) / PAGE_BYTES);
  for (let page = Math.floor(start / PAGE_BYTES); page <= last; page++) {
    machine.dirty.note(index, page);
  }
  return true;
}
