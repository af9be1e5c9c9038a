import { PAGE_BYTES } from '../base/page.js';
import { kvmEnableCap, type Capability } from './abi/capability.js';
import { kvmGuestDebug } from './abi/debug.js';
import { kvmInterrupt, kvmSignalMask } from './abi/events.js';
import {
  KVM_ENABLE_CAP,
  KVM_INTERRUPT,
  KVM_NMI,
  KVM_SET_GUEST_DEBUG,
  KVM_SET_SIGNAL_MASK,
} from './abi/ioctl.js';
import { kvmDirtyGfn, PAGE_OFFSET } from './abi/memory.js';
import { DirtyRing } from './dirty-ring.js';
import type { KvmFd } from './host/kvm-fd.js';
import type { Mapping } from './libc.js';
import { RunPage } from './run-page.js';
import { VcpuState } from './vcpu-state.js';

const SIGSET_BYTES = 8;
const DR7 = 7;
/** Bit 10 of DR7 is always set. */
const DR7_FIXED = 0x400;

interface VcpuOptions {
  readonly id: number;
  readonly kvmFd: KvmFd;
  readonly mmapSizeBytes: number;
  readonly xsaveSizeBytes: number;
  readonly dirtyRingEntries: number;
}

/** A virtual CPU. Owns its fd, its run page and its dirty ring. */
export class Vcpu extends VcpuState {
  readonly id: number;
  readonly run: RunPage;
  /** Of struct kvm_run, in this process. */
  readonly runAddress: bigint;
  /** Where `Vm.enableDirtyRing` was called before this vCPU was created. */
  readonly dirtyRing: DirtyRing | undefined;
  readonly #mappings: Mapping[] = [];
  readonly #guestDebug = kvmGuestDebug.allocate();
  readonly #guestDebugBytes = this.#guestDebug.bytes;
  readonly #debugWords = new Uint32Array(this.#guestDebugBytes.buffer);
  readonly #interrupt = kvmInterrupt.allocate();
  readonly #enter: () => number;

  /** Made by `Vm.createVcpu`. */
  constructor(options: VcpuOptions) {
    super(options.kvmFd, options.xsaveSizeBytes);
    this.id = options.id;
    const page = this.#map(0, options.mmapSizeBytes);
    this.run = new RunPage(page.buffer);
    this.runAddress = page.address;
    const ringBytes = options.dirtyRingEntries * kvmDirtyGfn.sizeBytes;
    this.dirtyRing =
      ringBytes === 0
        ? undefined
        : new DirtyRing(this.#map(PAGE_OFFSET.KVM_DIRTY_LOG_PAGE_OFFSET, ringBytes).buffer);
    this.#enter = options.kvmFd.host.enterer(options.kvmFd.number);
    this.clearBreakpoints();
  }

  #map(pageOffset: number, length: number): Mapping {
    const { host, number } = this.kvmFd;
    const mapping = host.mapVcpu(number, pageOffset * PAGE_BYTES, length);
    this.#mappings.push(mapping);
    return mapping;
  }

  /**
   * KVM_RUN. Returns 0, and the run page says why the guest stopped, or a negative errno: -EINTR
   * (a signal, or `immediateExit`), -EAGAIN, and what else KVM has. Never throws or allocates.
   */
  enter(): number {
    return this.#enter();
  }

  /**
   * KVM_SET_GUEST_DEBUG with `control` (GUESTDBG) and the breakpoints set before. With
   * KVM_GUESTDBG_USE_HW_BP they replace what the guest has in its debug registers.
   */
  setGuestDebug(control: number): void {
    this.#debugWords[0] = control;
    this.kvmFd.ioctl(KVM_SET_GUEST_DEBUG, this.#guestDebugBytes);
  }

  /**
   * Sets hardware breakpoint `index` (0–3) on the execution of a linear address, given as two
   * 32-bit halves so that no BigInt is made. Takes effect with the next `setGuestDebug`.
   */
  setBreakpoint(index: number, low: number, high: number): void {
    const words = this.#debugWords;
    words[2 + 2 * index] = low;
    words[3 + 2 * index] = high;
    // Global enable; type execute and length 1 are zero bits (SDM vol. 3, 18.2.4).
    words[2 + 2 * DR7]! |= 2 << (2 * index);
  }

  /** Removes all breakpoints with the next `setGuestDebug`. */
  clearBreakpoints(): void {
    this.#debugWords.fill(0, 2);
    this.#debugWords[2 + 2 * DR7] = DR7_FIXED;
  }

  /** Injects a vector (KVM_INTERRUPT; no in-kernel irqchip). See kvm-stepping for when it may. */
  interrupt(vector: number): void {
    this.#interrupt.irq = vector;
    this.kvmFd.ioctl(KVM_INTERRUPT, this.#interrupt.bytes);
  }

  nmi(): void {
    this.kvmFd.ioctl(KVM_NMI);
  }

  /** The signals that are blocked while the guest runs, or null for those of the thread. */
  setSignalMask(signals: readonly number[] | null): void {
    if (signals === null) {
      this.kvmFd.ioctl(KVM_SET_SIGNAL_MASK, 0);
      return;
    }
    const bytes = new Uint8Array(kvmSignalMask.sizeBytes + SIGSET_BYTES);
    kvmSignalMask.over(bytes).len = SIGSET_BYTES;
    const mask = signals.reduce((set, signal) => set | (1n << BigInt(signal - 1)), 0n);
    new DataView(bytes.buffer).setBigUint64(kvmSignalMask.sizeBytes, mask, true);
    this.kvmFd.ioctl(KVM_SET_SIGNAL_MASK, bytes);
  }

  /** KVM_ENABLE_CAP on the vCPU. */
  enableCapability(capability: Capability, args: readonly bigint[] = []): void {
    const request = kvmEnableCap.allocate({ cap: capability });
    request.args.set(args);
    this.kvmFd.ioctl(KVM_ENABLE_CAP, request.bytes);
  }

  /** Closes the fd and gives the shared pages back. Again is harmless. */
  close(): void {
    if (!this.kvmFd.isOpen) return;
    for (const mapping of this.#mappings) this.kvmFd.host.unmap(mapping);
    this.kvmFd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
