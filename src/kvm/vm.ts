import { CAP, kvmEnableCap, type Capability } from './abi/capability.js';
import {
  KVM_CHECK_EXTENSION,
  KVM_CLEAR_DIRTY_LOG,
  KVM_CREATE_VCPU,
  KVM_ENABLE_CAP,
  KVM_GET_DIRTY_LOG,
  KVM_IOEVENTFD,
  KVM_RESET_DIRTY_RINGS,
  KVM_SET_IDENTITY_MAP_ADDR,
  KVM_SET_TSS_ADDR,
  KVM_SET_USER_MEMORY_REGION,
  KVM_X86_SET_MSR_FILTER,
  type Request,
} from './abi/ioctl.js';
import {
  kvmClearDirtyLog,
  kvmDirtyGfn,
  kvmDirtyLog,
  kvmIoeventfd,
  kvmUserspaceMemoryRegion,
} from './abi/memory.js';
import { KvmFd } from './host/kvm-fd.js';
import type { KvmHost } from './host/host.js';
import { addressOf } from './libc.js';
import { encodeMsrFilter, type MsrFilter } from './msr-filter.js';
import { Vcpu } from './vcpu.js';

/** A memory slot for KVM_SET_USER_MEMORY_REGION. */
export interface UserMemoryRegion {
  readonly slot: number;
  /** MEM flags. */
  readonly flags: number;
  /** Guest-physical address, a multiple of 4096. */
  readonly gpa: number;
  /** Bytes, a multiple of 4096; 0 deletes the slot. */
  readonly size: number;
  /** Where the memory is in this process. */
  readonly userspaceAddress: bigint;
}

/** An ioeventfd: a guest's write to an address or port that signals an eventfd without an exit. */
export interface IoEvent {
  readonly address: number;
  /** 1, 2, 4, 8, or 0 for any length. */
  readonly length: number;
  readonly fd: number;
  /** IOEVENTFD_FLAG. */
  readonly flags: number;
  /** With KVM_IOEVENTFD_FLAG_DATAMATCH: the value that must be written. */
  readonly datamatch?: bigint;
}

/** A virtual machine. Owns its fd, its vCPUs and what `own` is given. */
export class Vm {
  readonly #vcpuMmapSize: number;
  readonly #onClose: () => void;
  readonly #owned: Disposable[] = [];
  readonly #fd: KvmFd;
  #dirtyRingEntries = 0;

  /** Made by `Kvm.createVm`. */
  constructor(options: { fd: KvmFd; vcpuMmapSize: number; onClose: () => void }) {
    this.#fd = options.fd;
    this.#vcpuMmapSize = options.vcpuMmapSize;
    this.#onClose = options.onClose;
  }

  /** The file descriptor, -1 after close. */
  get fd(): number {
    return this.#fd.number;
  }

  /** Who runs it. */
  get host(): KvmHost {
    return this.#fd.host;
  }

  /** An ioctl that this class has no method for. */
  ioctl(request: Request, argument?: number | Uint8Array): number {
    return this.#fd.ioctl(request, argument);
  }

  /** Entries of each vCPU's dirty ring, 0 without one. */
  get dirtyRingEntries(): number {
    return this.#dirtyRingEntries;
  }

  /** Capabilities as this VM has them: some differ from the device's. */
  checkExtension(capability: Capability): number {
    return this.#fd.ioctl(KVM_CHECK_EXTENSION, capability);
  }

  /** KVM_ENABLE_CAP. Throws a SyscallError where KVM refuses. */
  enableCapability(capability: Capability, args: readonly bigint[] = []): void {
    const request = kvmEnableCap.allocate({ cap: capability });
    request.args.set(args);
    this.#fd.ioctl(KVM_ENABLE_CAP, request.bytes);
  }

  /**
   * Gives each vCPU created from now on a ring of `entries` (a power of two, 256 or more) that
   * says which pages were written. Returns false where this KVM has no dirty ring.
   * KVM_GET_DIRTY_LOG does not work beside it (KVM api.rst, 8.29).
   */
  enableDirtyRing(entries = 4096): boolean {
    for (const capability of [CAP.KVM_CAP_DIRTY_LOG_RING_ACQ_REL, CAP.KVM_CAP_DIRTY_LOG_RING]) {
      const maxBytes = this.checkExtension(capability);
      if (maxBytes === 0) continue;
      const sizeBytes = Math.min(entries * kvmDirtyGfn.sizeBytes, maxBytes);
      this.enableCapability(capability, [BigInt(sizeBytes)]);
      this.#dirtyRingEntries = sizeBytes / kvmDirtyGfn.sizeBytes;
      return true;
    }
    return false;
  }

  /** Takes back the harvested entries of all rings and write-protects their pages again. */
  resetDirtyRings(): number {
    return this.#fd.ioctl(KVM_RESET_DIRTY_RINGS);
  }

  /** Creates a vCPU (KVM_CREATE_VCPU). `id` is its APIC id too. */
  createVcpu(id: number): Vcpu {
    const kvmFd = new KvmFd(this.host, this.#fd.ioctl(KVM_CREATE_VCPU, id));
    const xsaveSizeBytes = this.checkExtension(CAP.KVM_CAP_XSAVE2);
    const { dirtyRingEntries } = this;
    const mmapSizeBytes = this.#vcpuMmapSize;
    try {
      return this.own(new Vcpu({ id, kvmFd, mmapSizeBytes, xsaveSizeBytes, dirtyRingEntries }));
    } catch (error) {
      kvmFd.close();
      throw error;
    }
  }

  /** KVM_SET_USER_MEMORY_REGION. The memory must stay mapped until the slot is deleted. */
  setUserMemoryRegion(region: UserMemoryRegion): void {
    const request = kvmUserspaceMemoryRegion.allocate({
      slot: region.slot,
      flags: region.flags,
      guestPhysAddr: BigInt(region.gpa),
      memorySize: BigInt(region.size),
      userspaceAddr: region.userspaceAddress,
    });
    this.#fd.ioctl(KVM_SET_USER_MEMORY_REGION, request.bytes);
  }

  /** Three pages below 4 GiB that VMX uses for real mode; outside of all slots. */
  setTssAddress(gpa: number): void {
    this.#fd.ioctl(KVM_SET_TSS_ADDR, gpa);
  }

  /** One page below 4 GiB that VMX uses for an identity map; outside of all slots. */
  setIdentityMapAddress(gpa: number): void {
    const bytes = new Uint8Array(BigUint64Array.of(BigInt(gpa)).buffer);
    this.#fd.ioctl(KVM_SET_IDENTITY_MAP_ADDR, bytes);
  }

  /** Fills `bitmap` (a bit per page of the slot, in whole 64-bit words) and starts afresh. */
  getDirtyLog(slot: number, bitmap: Uint8Array): void {
    const request = kvmDirtyLog.allocate({ slot, dirtyBitmap: addressOf(bitmap) });
    this.#fd.ioctl(KVM_GET_DIRTY_LOG, request.bytes);
  }

  /** Clears dirty bits by hand (after KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2). */
  clearDirtyLog(slot: number, firstPage: number, numPages: number, bitmap: Uint8Array): void {
    const request = kvmClearDirtyLog.allocate({
      slot,
      numPages,
      firstPage: BigInt(firstPage),
      dirtyBitmap: addressOf(bitmap),
    });
    this.#fd.ioctl(KVM_CLEAR_DIRTY_LOG, request.bytes);
  }

  /** Attaches an eventfd (or with KVM_IOEVENTFD_FLAG_DEASSIGN detaches it). */
  ioeventfd(event: IoEvent): void {
    const request = kvmIoeventfd.allocate({
      datamatch: event.datamatch ?? 0n,
      addr: BigInt(event.address),
      len: event.length,
      fd: event.fd,
      flags: event.flags,
    });
    this.#fd.ioctl(KVM_IOEVENTFD, request.bytes);
  }

  /** Which MSR accesses exit to user space (with KVM_CAP_X86_USER_SPACE_MSR). */
  setMsrFilter(filter: MsrFilter): void {
    const { bytes } = encodeMsrFilter(filter);
    this.#fd.ioctl(KVM_X86_SET_MSR_FILTER, bytes);
  }

  /** Closes `resource` when the VM is closed, before what was given earlier. */
  own<T extends Disposable>(resource: T): T {
    this.#owned.push(resource);
    return resource;
  }

  /** Closes the VM, its vCPUs and its memory. Again is harmless. */
  close(): void {
    if (!this.#fd.isOpen) return;
    for (const resource of this.#owned.splice(0).reverse()) resource[Symbol.dispose]();
    this.#fd.close();
    this.#onClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
