import type { CpuidEntry2 } from '../kvm/abi/cpuid.js';
import type { HostDescription } from '../kvm/host/host.js';
import type { DirtyMode, DirtyPages } from './dirty-pages.js';
import type { RamSlot } from './linear-memory.js';
import type { Shadow } from './shadow.js';
import type { VcpuHost } from './vcpu-host.js';

/** What a host does under single step that the stepper has to know (docs/kvm-stepping.md). */
export interface StepTraits {
  /** It steps by the guest's own trap flag, as VMX and SVM do. */
  readonly stepsByTrapFlag: boolean;
  /** Whether it steps 64-bit code at level 3. Asked when a guest is about to go there. */
  canStepUser(): boolean;
}

/** One vCPU with its memory, and the pages that it writes: what is stepped, whoever runs it. */
export interface Machine extends Disposable {
  readonly vcpu: VcpuHost;
  readonly slots: readonly RamSlot[];
  /** Guest memory as it stood before the step. */
  readonly shadow: Shadow;
  readonly dirty: DirtyPages;
  readonly dirtyMode: DirtyMode;
  readonly traits: StepTraits;
  /** The processor that the guest sees. */
  readonly cpuid: readonly CpuidEntry2[];
  /** The processor that runs it. */
  readonly processor: readonly CpuidEntry2[];
  /** What a trace says of who runs it. */
  readonly host: HostDescription;

  /** Writes guest memory and its shadow: the initial state, not a change. There must be memory at `gpa`. */
  load(gpa: number, bytes: Uint8Array): void;
  close(): void;
}
