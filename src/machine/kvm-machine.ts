import { hex } from '../base/number-text.js';
import { CAP } from '../kvm/abi/capability.js';
import { MEM } from '../kvm/abi/memory.js';
import type { CpuidEntry2 } from '../kvm/abi/cpuid.js';
import { Kvm } from '../kvm/kvm.js';
import type { HostDescription, KvmHost } from '../kvm/host/host.js';
import { SyscallError } from '../kvm/libc.js';
import type { Vcpu } from '../kvm/vcpu.js';
import type { Vm } from '../kvm/vm.js';
import { machineError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import { LogDirtyPages, RingDirtyPages, type DirtyMode, type DirtyPages } from './dirty-pages.js';
import type { RamSlot } from './linear-memory.js';
import { kvmBurstHost } from './kvm-burst-host.js';
import { KvmVcpu } from './kvm-vcpu.js';
import type { Machine, StepTraits } from './machine.js';
import { Shadow } from './shadow.js';

/** Unused gpas that VMX needs for real mode (KVM api.rst, 4.35 and 4.41), below the largest ROM. */
const IDENTITY_MAP_GPA = 0xfeffc000;
const TSS_GPA = 0xfeffd000;

/** Capabilities without which nothing can be stepped exactly, by name. */
const REQUIRED = [
  'KVM_CAP_SYNC_REGS',
  'KVM_CAP_SET_GUEST_DEBUG',
  'KVM_CAP_IMMEDIATE_EXIT',
  'KVM_CAP_VCPU_EVENTS',
  'KVM_CAP_XSAVE',
  'KVM_CAP_XCRS',
] as const;

/** A range of the guest's memory. */
export interface MachineSlot {
  readonly slot: number;
  readonly gpa: number;
  readonly size: number;
  /** A ROM: what the guest writes there goes to the bus instead. */
  readonly readonly?: boolean;
}

/** What a machine is made of. */
export interface KvmMachineOptions {
  /** Who runs it; default that of `chooseHost`. */
  readonly host?: KvmHost | undefined;
  readonly slots: readonly MachineSlot[];
  readonly cpuid: (supported: readonly CpuidEntry2[]) => readonly CpuidEntry2[];
  /** What this KVM does under single step: `kvmStepTraits` of the doctor's. */
  readonly traits: (kvm: Kvm) => StepTraits;
  /** 'auto' takes the ring where there is one. */
  readonly dirty: DirtyMode | 'auto';
  /** False: every step is made by itself, as where there is no native loop. */
  readonly bursts?: boolean | undefined;
}

/** A VM with one vCPU whose registers KVM shares and whose written pages it reports. */
export class KvmMachine implements Machine {
  readonly kvm: Kvm;
  readonly vm: Vm;
  readonly vcpu: KvmVcpu;
  readonly slots: readonly RamSlot[];
  readonly shadow: Shadow;
  readonly dirty: DirtyPages;
  readonly dirtyMode: DirtyMode;
  readonly cpuid: readonly CpuidEntry2[];
  readonly #readTraits: (kvm: Kvm) => StepTraits;
  #traits: StepTraits | undefined;

  /** @throws KvmtraceError (3) where this machine's KVM cannot do it */
  constructor(options: KvmMachineOptions) {
    this.#readTraits = options.traits;
    this.kvm = Kvm.open(options.host);
    try {
      for (const name of REQUIRED) {
        if (this.kvm.checkExtension(CAP[name]) === 0) {
          throw machineError(`this kernel's KVM lacks ${name}; use Linux 5.14 or newer`);
        }
      }
      this.vm = this.kvm.createVm();
      this.vm.setIdentityMapAddress(IDENTITY_MAP_GPA);
      this.vm.setTssAddress(TSS_GPA);
      // Before the vCPU: its ring is made with it.
      const ring = options.dirty !== 'log' && this.vm.enableDirtyRing();
      if (options.dirty === 'ring' && !ring) {
        throw machineError(
          `this KVM has no dirty ring: leave ${option('dirty')} out, or use ${option('dirty', 'log')}`,
        );
      }
      this.slots = options.slots.map((slot) => this.#addSlot(slot));
      const vcpu = this.vm.createVcpu(0);
      const bursts = options.bursts === false ? undefined : kvmBurstHost(this.vm, vcpu);
      this.vcpu = new KvmVcpu(vcpu, bursts);
      this.vm.own(this.kvm.host.startTicks());
      this.cpuid = options.cpuid(this.kvm.supportedCpuid());
      setCpuid(vcpu, this.cpuid);
      this.shadow = this.vm.own(new Shadow(this.slots));
      this.dirtyMode = ring ? 'ring' : 'log';
      this.dirty =
        vcpu.dirtyRing === undefined
          ? new LogDirtyPages(this.slots, this.vm)
          : new RingDirtyPages(this.slots, vcpu.dirtyRing, this.vm);
    } catch (error) {
      this.kvm.close();
      throw error;
    }
  }

  load(gpa: number, bytes: Uint8Array): void {
    this.shadow.load(gpa, bytes);
  }

  get processor(): readonly CpuidEntry2[] {
    return this.kvm.supportedCpuid();
  }

  get host(): HostDescription {
    return this.kvm.host.describe();
  }

  /** Asked of KVM once, where it matters: it costs a VM of its own. */
  get traits(): StepTraits {
    return (this.#traits ??= this.#readTraits(this.kvm));
  }

  close(): void {
    this.kvm.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #addSlot({ slot, gpa, size, readonly = false }: MachineSlot): RamSlot {
    try {
      const mapping = this.kvm.host.mapMemory(size);
      this.vm.own({
        [Symbol.dispose]: () => {
          this.kvm.host.unmap(mapping);
        },
      });
      this.vm.setUserMemoryRegion({
        slot,
        gpa,
        size,
        flags: MEM.KVM_MEM_LOG_DIRTY_PAGES | (readonly ? MEM.KVM_MEM_READONLY : 0),
        userspaceAddress: mapping.address,
      });
      const bytes = new Uint8Array(mapping.buffer);
      return { slot, gpa, size, readonly, bytes, address: Number(mapping.address) };
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      throw machineError(
        `${size} bytes of guest memory at ${hex(gpa)} cannot be allocated (${error.code}): give the guest less memory, or this machine more`,
        error,
      );
    }
  }
}

/** Leaves that a trace brings may be ones that this kernel or processor does not take. */
function setCpuid(vcpu: Vcpu, leaves: readonly CpuidEntry2[]): void {
  try {
    vcpu.setCpuid2(leaves);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw machineError(
      `this KVM does not take the processor that the guest is to see (${leaves.length} leaves of CPUID, ${error.code}): use one like it`,
      error,
    );
  }
}
