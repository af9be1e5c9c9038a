import { PAGE_BYTES } from '../../../src/base/page.js';
import { kvmCpuidEntry2, type CpuidEntry2 } from '../../../src/kvm/abi/cpuid.js';
import type { HostDescription } from '../../../src/kvm/host/host.js';
import { mmap, munmap, type Mapping } from '../../../src/kvm/libc.js';
import {
  MAP_ANONYMOUS,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from '../../../src/kvm/mmap-flags.js';
import type { DirtyMode } from '../../../src/machine/dirty-pages.js';
import type { RamSlot } from '../../../src/machine/linear-memory.js';
import type { Machine } from '../../../src/machine/machine.js';
import type { VcpuImage } from '../../../src/machine/restore.js';
import { Shadow } from '../../../src/machine/shadow.js';
import type { TraceFile } from '../../../src/trace/read/trace-file.js';
import type { Script } from './script.js';
import { ScriptedState } from './state.js';
import { ScriptedDirtyPages, ScriptedVcpu } from './vcpu.js';

/** What a scripted machine begins with. */
export interface ScriptedStart {
  readonly slots: readonly { readonly slot: number; readonly gpa: number; readonly size: number }[];
  readonly image: VcpuImage;
  readonly pages: Iterable<{ readonly page: number; readonly data: Uint8Array }>;
  readonly cpuid: readonly CpuidEntry2[];
  readonly host: HostDescription;
  readonly dirtyMode: DirtyMode;
  /** The snapshot of a later state, where the script has one. */
  readonly snapshotOf: (state: number) => VcpuImage | undefined;
}

/** A machine whose vCPU plays a script: no KVM has a part in it. */
export class ScriptedMachine implements Machine {
  readonly vcpu: ScriptedVcpu;
  readonly slots: readonly RamSlot[];
  readonly shadow: Shadow;
  readonly dirty: ScriptedDirtyPages;
  readonly dirtyMode: DirtyMode;
  readonly traits = { stepsByTrapFlag: false, canStepUser: () => true };
  readonly cpuid: readonly CpuidEntry2[];
  readonly processor: readonly CpuidEntry2[] = [];
  readonly host: HostDescription;
  readonly #mappings: Mapping[] = [];

  constructor(script: Script, start: ScriptedStart) {
    this.slots = start.slots.map(({ slot, gpa, size }) => {
      const mapping = mmap({
        length: size,
        protection: PROT_READ | PROT_WRITE,
        flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
      });
      this.#mappings.push(mapping);
      const bytes = new Uint8Array(mapping.buffer);
      return { slot, gpa, size, bytes, address: Number(mapping.address) };
    });
    this.shadow = new Shadow(this.slots);
    this.dirty = new ScriptedDirtyPages(this.slots);
    this.dirtyMode = start.dirtyMode;
    this.cpuid = start.cpuid;
    this.host = start.host;
    const snapshotHere = (): VcpuImage | undefined => start.snapshotOf(vcpu.step);
    const state = new ScriptedState(start.image, snapshotHere);
    const vcpu = new ScriptedVcpu(script, state, this.slots, this.dirty);
    this.vcpu = vcpu;
    for (const { page, data } of start.pages) this.load(page * PAGE_BYTES, data);
  }

  load(gpa: number, bytes: Uint8Array): void {
    this.shadow.load(gpa, bytes);
  }

  close(): void {
    this.shadow.close();
    for (const mapping of this.#mappings.splice(0)) munmap(mapping);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The machine that a trace was recorded on, in its state 0. */
export function scriptedMachine(trace: TraceFile, script: Script): ScriptedMachine {
  const { snapshots, meta } = trace;
  const first = snapshots.nearest(0)!.blobs;
  const known = new Map(
    snapshots.steps(1, trace.stepCount).map((step) => [step, snapshots.nearest(step)!.blobs]),
  );
  const text = (key: string): string => String(meta.get(key) ?? '');
  return new ScriptedMachine(script, {
    slots: trace.memory.slots,
    image: first,
    pages: snapshots.pages(0),
    cpuid: snapshots.cpuid().map((leaf) => kvmCpuidEntry2.allocate(leaf)),
    host: { kind: 'kvm', kernel: text('kernel'), modules: text('host_kvm').split(' ') },
    dirtyMode: text('dirty_mode') === 'log' ? 'log' : 'ring',
    snapshotOf: (state) => known.get(state),
  });
}
