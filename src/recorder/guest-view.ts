/** The guest as its firmware sees it, from outside. */
import { wide } from '../base/halves.js';
import type { GuestView } from '../uefi/guest-view.js';
import type { Machine } from '../machine/machine.js';
import { machineWords } from '../machine/register-words.js';

/** Registers as KVM shared them at the last exit, and memory as it is. */
export function guestView(machine: Machine): GuestView {
  const words = machineWords(machine.vcpu.run);
  return {
    register: (index) => wide(words[2 * index]!, words[2 * index + 1]!),
    read(gpa, sizeBytes) {
      const holds = (slot: { gpa: number; size: number }): boolean =>
        gpa >= slot.gpa && gpa + sizeBytes <= slot.gpa + slot.size;
      const slot = machine.slots.find(holds);
      return slot?.bytes.slice(gpa - slot.gpa, gpa - slot.gpa + sizeBytes);
    },
  };
}
