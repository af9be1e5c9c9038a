/** The guest as its firmware sees it, from outside. */
import { wide } from '../base/halves.js';
import type { RealModeView } from '../guest/bios/call.js';
import type { GuestMemory } from '../devices/guest-memory.js';
import { writeAsDevice } from '../machine/device-write.js';
import type { Machine } from '../machine/machine.js';
import { RIP, SEGMENT_WORDS, SREGS } from '../machine/register-words.js';

/** The order of struct kvm_sregs. */
const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'gs', 'ss'];

/** Registers as KVM shared them at the last exit, and memory as it is. */
export function guestView(machine: Machine): RealModeView & GuestMemory {
  const { words } = machine.vcpu;
  return {
    get ip() {
      return words[RIP]!;
    },
    segmentBase: (name) => words[SREGS + SEGMENT_WORDS * SEGMENTS.indexOf(name)]! >>> 0,
    register: (index) => wide(words[2 * index]!, words[2 * index + 1]!),
    read(gpa, sizeBytes) {
      const slot = machine.slots.find((each) => holds(each, gpa, sizeBytes));
      return slot?.bytes.slice(gpa - slot.gpa, gpa - slot.gpa + sizeBytes);
    },
    write: (gpa, bytes) => writeAsDevice(machine, gpa, bytes),
  };
}

function holds(slot: { gpa: number; size: number }, gpa: number, sizeBytes: number): boolean {
  return gpa >= slot.gpa && gpa + sizeBytes <= slot.gpa + slot.size;
}
