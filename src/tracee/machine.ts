import { withoutHostApicId } from '../kvm/cpuid.js';
import { GuestMemory } from '../kvm/guest-memory.js';
import { chooseHost, type HostOptions } from '../kvm/host/choose.js';
import { Kvm } from '../kvm/kvm.js';
import type { Vcpu } from '../kvm/vcpu.js';
import type { Vm } from '../kvm/vm.js';
import { PageTableBase } from './constants.js';
import { enterLongMode } from './long-mode.js';
import { writePageTables } from './page-tables.js';
import { HLT, TRAMPOLINE, writeTrampolinePage } from './trampolines.js';

const RAM_BYTES = 0x8000_0000;
const PAGE_TABLE_SLOT_BYTES = 0x1_0000;

/** The table of UEFI structs, of which the guest may write only the lower half. */
export const TAB_BASE = 0xff00_0000;
/** Bytes of the table of trampolines. */
export const TAB_BYTES = 0x80_0000;
/** Bytes of its lower part, which the guest may write; a write above exits. */
export const TAB_WRITABLE_BYTES = 0x40_0000;

/** Three pages that VMX needs, where no slot is (KVM api.rst, 4.35). */
const TSS_ADDRESS = 0xfffb_d000;

/** A VM with the memory of a tracee and no vCPU yet. */
export interface TraceeMachine {
  readonly kvm: Kvm;
  readonly vm: Vm;
  readonly memory: GuestMemory;
  readonly tab: Uint8Array;
}

function addMemory(memory: GuestMemory): Uint8Array {
  const hlt = Uint8Array.of(HLT);
  memory.add({ gpa: 0, size: RAM_BYTES, fill: hlt });
  const tables = memory.add({ gpa: PageTableBase, size: PAGE_TABLE_SLOT_BYTES, fill: hlt });
  writePageTables(tables.bytes);
  writeTrampolinePage(tables.bytes);
  const tab = memory.map(TAB_BYTES, TRAMPOLINE);
  memory.attach(tab, 0, { gpa: TAB_BASE, size: TAB_WRITABLE_BYTES });
  memory.attach(tab, TAB_WRITABLE_BYTES, {
    gpa: TAB_BASE + TAB_WRITABLE_BYTES,
    size: TAB_BYTES - TAB_WRITABLE_BYTES,
    readonly: true,
  });
  return new Uint8Array(tab.buffer);
}

/** Opens the device and makes the VM. What was opened is closed again when a step fails. */
export function openMachine(options: HostOptions): TraceeMachine {
  const kvm = Kvm.open(chooseHost(options));
  try {
    const vm = kvm.createVm();
    vm.setTssAddress(TSS_ADDRESS);
    const memory = new GuestMemory(vm);
    return { kvm, vm, memory, tab: addMemory(memory) };
  } catch (error) {
    kvm.close();
    throw error;
  }
}

/** A vCPU in 64-bit mode with the CPUID that KVM supports. */
export function addVcpu({ kvm, vm }: TraceeMachine, id: number): Vcpu {
  const vcpu = vm.createVcpu(id);
  vcpu.setCpuid2(withoutHostApicId(kvm.supportedCpuid()));
  enterLongMode(vcpu);
  return vcpu;
}
