import type { CpuidEntry2 } from './abi/cpuid.js';
import { kvmTranslation, type Translation } from './abi/debug.js';
import { kvmVcpuEvents, type VcpuEvents } from './abi/events.js';
import {
  KVM_GET_CPUID2,
  KVM_GET_DEBUGREGS,
  KVM_GET_FPU,
  KVM_GET_MP_STATE,
  KVM_GET_REGS,
  KVM_GET_SREGS,
  KVM_GET_TSC_KHZ,
  KVM_GET_VCPU_EVENTS,
  KVM_GET_XCRS,
  KVM_GET_XSAVE,
  KVM_GET_XSAVE2,
  KVM_SET_CPUID2,
  KVM_SET_DEBUGREGS,
  KVM_SET_FPU,
  KVM_SET_MP_STATE,
  KVM_SET_REGS,
  KVM_SET_SREGS,
  KVM_SET_TSC_KHZ,
  KVM_SET_VCPU_EVENTS,
  KVM_SET_XCRS,
  KVM_SET_XSAVE,
  KVM_TRANSLATE,
  type Request,
} from './abi/ioctl.js';
import {
  kvmDebugregs,
  kvmFpu,
  kvmMpState,
  kvmRegs,
  kvmSregs,
  kvmXcrs,
  kvmXsave,
  type DebugRegs,
  type Fpu,
  type Regs,
  type Sregs,
  type Xcrs,
} from './abi/registers.js';
import { encodeCpuid, getCpuid } from './cpuid.js';
import type { KvmHost } from './host/host.js';
import type { KvmFd } from './host/kvm-fd.js';
import { getMsrs, setMsrs, type Msr } from './msrs.js';

/**
 * The state of a vCPU, one ioctl each way for every part. Each `get` returns a struct whose
 * `bytes` are the raw ones, for snapshots; each `set` takes such a struct
 * (`kvmRegs.over(bytes)`). Order that works for a whole restore: cpuid, sregs, regs, xcrs, xsave,
 * MSRs, debug registers, events, MP state.
 */
export abstract class VcpuState {
  protected readonly kvmFd: KvmFd;
  readonly #xsaveSizeBytes: number;

  constructor(kvmFd: KvmFd, xsaveSizeBytes: number) {
    this.kvmFd = kvmFd;
    this.#xsaveSizeBytes = Math.max(xsaveSizeBytes, kvmXsave.sizeBytes);
  }

  /** The file descriptor, -1 after close. */
  get fd(): number {
    return this.kvmFd.number;
  }

  /** Who runs it. */
  get host(): KvmHost {
    return this.kvmFd.host;
  }

  /** An ioctl that this class has no method for. */
  ioctl(request: Request, argument?: number | Uint8Array): number {
    return this.kvmFd.ioctl(request, argument);
  }

  #get<T extends { readonly bytes: Uint8Array }>(request: Request, into: T): T {
    this.kvmFd.ioctl(request, into.bytes);
    return into;
  }

  #set(request: Request, { bytes }: { readonly bytes: Uint8Array }): void {
    this.kvmFd.ioctl(request, bytes);
  }

  getRegs(into: Regs = kvmRegs.allocate()): Regs {
    return this.#get(KVM_GET_REGS, into);
  }

  /** Afterwards the registers in the run page are stale until the next exit. */
  setRegs(regs: Regs): void {
    this.#set(KVM_SET_REGS, regs);
  }

  /** KVM_GET_REGS into 144 bytes. */
  getRegsRaw(into: Uint8Array): void {
    this.kvmFd.ioctl(KVM_GET_REGS, into);
  }

  getSregs(into: Sregs = kvmSregs.allocate()): Sregs {
    return this.#get(KVM_GET_SREGS, into);
  }

  /** Read, change, write back: fields that one makes up oneself fail on some CPUs. */
  setSregs(sregs: Sregs): void {
    this.#set(KVM_SET_SREGS, sregs);
  }

  /** KVM_GET_SREGS into 312 bytes. */
  getSregsRaw(into: Uint8Array): void {
    this.kvmFd.ioctl(KVM_GET_SREGS, into);
  }

  getFpu(): Fpu {
    return this.#get(KVM_GET_FPU, kvmFpu.allocate());
  }

  setFpu(fpu: Fpu): void {
    this.#set(KVM_SET_FPU, fpu);
  }

  /** The XSAVE area: 4096 bytes, or more where AMX is on (KVM_CAP_XSAVE2). */
  getXsave(): Uint8Array {
    const bytes = new Uint8Array(this.#xsaveSizeBytes);
    const large = bytes.length > kvmXsave.sizeBytes;
    this.kvmFd.ioctl(large ? KVM_GET_XSAVE2 : KVM_GET_XSAVE, bytes);
    return bytes;
  }

  setXsave(bytes: Uint8Array): void {
    // The kernel reads as much as this vCPU's area has, whatever it is given.
    if (bytes.length !== this.#xsaveSizeBytes) {
      throw new RangeError(
        `an XSAVE area has ${this.#xsaveSizeBytes} bytes here, not ${bytes.length}`,
      );
    }
    this.kvmFd.ioctl(KVM_SET_XSAVE, bytes);
  }

  getXcrs(): Xcrs {
    return this.#get(KVM_GET_XCRS, kvmXcrs.allocate());
  }

  setXcrs(xcrs: Xcrs): void {
    this.#set(KVM_SET_XCRS, xcrs);
  }

  getVcpuEvents(): VcpuEvents {
    return this.#get(KVM_GET_VCPU_EVENTS, kvmVcpuEvents.allocate());
  }

  setVcpuEvents(events: VcpuEvents): void {
    this.#set(KVM_SET_VCPU_EVENTS, events);
  }

  getDebugRegs(): DebugRegs {
    return this.#get(KVM_GET_DEBUGREGS, kvmDebugregs.allocate());
  }

  setDebugRegs(debugRegs: DebugRegs): void {
    this.#set(KVM_SET_DEBUGREGS, debugRegs);
  }

  /** 0 runnable, 1 uninitialized, 2 init received, 3 halted, 4 SIPI received. */
  getMpState(): number {
    return this.#get(KVM_GET_MP_STATE, kvmMpState.allocate()).mpState;
  }

  setMpState(mpState: number): void {
    this.#set(KVM_SET_MP_STATE, kvmMpState.allocate({ mpState }));
  }

  /** Those of `indices` that KVM lets one read, in their order. */
  getMsrs(indices: readonly number[]): Msr[] {
    return getMsrs(this.kvmFd, indices);
  }

  /** Sets them one by one, as KVM stops at the first it refuses. Returns the refused ones. */
  setMsrs(msrs: readonly Msr[]): Msr[] {
    return setMsrs(this.kvmFd, msrs);
  }

  getCpuid2(): CpuidEntry2[] {
    return getCpuid(this.kvmFd, KVM_GET_CPUID2);
  }

  /** Before the first run. Without it leaves 0 and 1 read as zero. */
  setCpuid2(entries: readonly CpuidEntry2[]): void {
    this.kvmFd.ioctl(KVM_SET_CPUID2, encodeCpuid(entries));
  }

  /** Walks the guest's page tables; sets Accessed bits on the way. */
  translate(linearAddress: bigint): Translation {
    return this.#get(KVM_TRANSLATE, kvmTranslation.allocate({ linearAddress }));
  }

  getTscKhz(): number {
    return this.kvmFd.ioctl(KVM_GET_TSC_KHZ);
  }

  setTscKhz(khz: number): void {
    this.kvmFd.ioctl(KVM_SET_TSC_KHZ, khz);
  }
}
