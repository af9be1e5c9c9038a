import { hex } from '../base/number-text.js';
import { assert } from '../base/errors.js';
import type { MemoryDelta } from '../capture/memory-delta.js';
import { applyResetSregs, resetRegisters } from '../guest/boot/reset.js';
import { applyBootSregs } from '../guest/boot/sregs.js';
import { bootRegisters } from '../guest/boot/registers.js';
import { bootTables } from '../guest/boot/tables.js';
import { deterministicCpuid } from '../guest/boot/cpuid.js';
import { BOOT_TABLES_GPA } from '../guest/memory-map.js';
import type { KvmHost } from '../kvm/host/host.js';
import type { LoadedGuest } from '../guest/formats/load.js';
import { kvmStepTraits } from '../doctor/step-traits.js';
import { KvmMachine } from '../machine/kvm-machine.js';
import type { Machine } from '../machine/machine.js';
import type { RecordOptions } from './options.js';

/** A machine with the guest in its memory and the vCPU in state 0. */
export function createMachine(
  guest: LoadedGuest,
  { dirty, bursts }: Pick<RecordOptions, 'dirty' | 'bursts'>,
  host?: KvmHost,
): KvmMachine {
  const { image, layout } = guest;
  const machine = new KvmMachine({
    host,
    slots: layout.slots.map((slot) => ({ ...slot, readonly: slot.kind === 'rom' })),
    cpuid: deterministicCpuid,
    traits: kvmStepTraits,
    dirty,
    bursts,
  });
  for (const segment of image.segments) machine.load(segment.gpa, segment.data);
  const tables = bootTables(image.mode);
  if (tables !== undefined) machine.load(BOOT_TABLES_GPA, tables);
  const { registers } = machine.vcpu;
  const sregs = registers.getSregs();
  if (image.startsAtReset === true) applyResetSregs(sregs);
  else applyBootSregs(sregs, image);
  registers.setSregs(sregs);
  const regs = registers.getRegs();
  regs.bytes.fill(0);
  const first =
    image.startsAtReset === true
      ? resetRegisters(machine.cpuid)
      : { ...bootRegisters(image, layout), ...image.registers };
  regs.assign(first);
  registers.setRegs(regs);
  return machine;
}

/** Pages that are not zero at state 0 belong to the first snapshot. */
export function markLoaded(guest: LoadedGuest, memory: MemoryDelta, machine: Machine): void {
  const mark = (gpa: number, length: number): void => {
    const index = machine.slots.findIndex((s) => gpa >= s.gpa && gpa < s.gpa + s.size);
    assert(index >= 0, `nothing at gpa ${hex(gpa)}`);
    const base = machine.slots[index]!.gpa;
    const first = Math.floor((gpa - base) / 4096);
    const last = Math.floor((gpa - base + length - 1) / 4096);
    memory.changed[index]!.fill(1, first, last + 1);
  };
  for (const segment of guest.image.segments) {
    if (segment.data.length > 0) mark(segment.gpa, segment.data.length);
  }
  const tables = bootTables(guest.image.mode);
  if (tables !== undefined) mark(BOOT_TABLES_GPA, tables.length);
}
