import type { Sregs } from '../../../src/kvm/abi/registers.js';
import { kvmRegs } from '../../../src/kvm/abi/registers.js';
import { deterministicCpuid } from '../../../src/guest/boot/cpuid.js';
import { bootRegisters } from '../../../src/guest/boot/registers.js';
import { applyBootSregs } from '../../../src/guest/boot/sregs.js';
import { bootTables } from '../../../src/guest/boot/tables.js';
import { Kvm } from '../../../src/kvm/kvm.js';
import type { GuestMode } from '../../../src/guest/mode.js';
import type { MemorySlot } from '../../../src/guest/memory-map.js';
import { loadGuestBytes, type LoadedGuest } from '../../../src/guest/formats/load.js';
import type { Vcpu } from '../../../src/kvm/vcpu.js';
import type { Vm } from '../../../src/kvm/vm.js';

/** A guest in its boot state on real KVM. */
export interface Machine {
  readonly vcpu: Vcpu;
  /** As written to KVM, before the guest ran. */
  readonly sregs: Sregs;
  readonly memory: ReadonlyMap<MemorySlot['kind'], Uint8Array>;
}

function map(vm: Vm, region: { slot: number; gpa: number; size: number }): Uint8Array {
  const mapping = vm.host.mapMemory(region.size);
  vm.own({
    [Symbol.dispose]: () => {
      vm.host.unmap(mapping);
    },
  });
  vm.setUserMemoryRegion({ ...region, flags: 0, userspaceAddress: mapping.address });
  return new Uint8Array(mapping.buffer);
}

/** Boots the flat `code` in `mode` with 2 MiB of memory and hands the machine to `use`. */
export function withMachine<T>(
  mode: GuestMode,
  code: readonly number[],
  use: (machine: Machine) => T,
): T {
  const memorySize = 2 * 1024 ** 2;
  return withGuest(loadGuestBytes('x', Uint8Array.from(code), { mode, memory: memorySize }), use);
}

/** Boots a loaded guest and hands the machine to `use`. */
export function withGuest<T>({ image, layout }: LoadedGuest, use: (machine: Machine) => T): T {
  using kvm = Kvm.open();
  using vm = kvm.createVm();
  vm.setTssAddress(0xfffbd000);
  const memory = new Map(layout.slots.map((slot) => [slot.kind, map(vm, slot)]));
  for (const { gpa, data } of image.segments) memory.get('ram')!.set(data, gpa);
  const tables = bootTables(image.mode);
  if (tables) memory.get('boot-tables')!.set(tables);
  const vcpu = vm.createVcpu(0);
  vcpu.setCpuid2(deterministicCpuid(kvm.supportedCpuid()));
  const sregs = vcpu.getSregs();
  applyBootSregs(sregs, image);
  vcpu.setSregs(sregs);
  vcpu.setRegs(kvmRegs.allocate({ ...bootRegisters(image, layout) }));
  return use({ vcpu, sregs, memory });
}
