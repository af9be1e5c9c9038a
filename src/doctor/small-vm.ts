/**
 * A small VM with one vCPU on the raw binding, which every guest of the doctor starts afresh in. What
 * it costs to put everything back is some 50 µs, a tenth of what a new VM costs.
 */
import type { VcpuEvents } from '../kvm/abi/events.js';
import { GUESTDBG } from '../kvm/abi/debug.js';
import { kvmRegs, kvmSregs, type Regs, type Sregs } from '../kvm/abi/registers.js';
import { deterministicCpuid } from '../guest/boot/cpuid.js';
import { GuestMemory, type MemorySlot } from '../kvm/guest-memory.js';
import type { Kvm } from '../kvm/kvm.js';
import { SyscallError } from '../kvm/libc.js';
import type { Vcpu } from '../kvm/vcpu.js';
import type { Vm } from '../kvm/vm.js';
import {
  CODE,
  DATA,
  HALT_FOR_GOOD,
  HANDLER_BYTES,
  HANDLERS,
  MMIO,
  RAM_BYTES,
  STACK,
  USER_STACK,
} from './layout.js';
import { memoryImage } from './memory-image.js';
import { applyMode, isUser, type DoctorMode } from './mode.js';
import { SYSTEM_CALL_MSRS } from './system-call-msrs.js';

/** Unused gpas below 4 GiB that VMX needs for real mode (KVM api.rst, 4.35 and 4.41). */
const IDENTITY_MAP_GPA = 0xfffbc000;
const TSS_GPA = 0xfffbd000;

const CR4_OSXSAVE = 1n << 18n;
/** x87, SSE and AVX. */
const XCR0_AVX = 7n;
const RFLAGS_FIXED = 2n;

const EINTR = -4;
const EAGAIN = -11;
/** A guest of a few instructions that has not come back by then never will. */
const TIME_OUT_MS = 1000;

const NOP_AND_HLT = Uint8Array.of(0x90, 0xf4);
const HLT = 0xf4;

/** Where guests run: the handlers, and their own code. */
const CODE_RANGES = [
  [HANDLERS, HANDLERS + 256 * HANDLER_BYTES],
  [CODE, CODE + 0x1000],
] as const;

const NO_STEPPING = 0;
const STEPPING = GUESTDBG.KVM_GUESTDBG_ENABLE | GUESTDBG.KVM_GUESTDBG_SINGLESTEP;
const BREAKPOINTS = GUESTDBG.KVM_GUESTDBG_USE_HW_BP;

/** A general register or rflags, as struct kvm_regs calls it. */
export type RegisterName = Exclude<keyof typeof kvmRegs.fields, 'rip'>;

/** What a guest starts with, beside what is the same for all. */
interface StartState {
  readonly mode: DoctorMode;
  readonly code: Uint8Array;
  readonly registers?: Partial<Record<RegisterName, number>> | undefined;
  /** No IDT at all: the first exception ends in a triple fault. */
  readonly withoutIdt?: boolean | undefined;
}

/** How KVM is to tell which pages the guest wrote. */
export type PageReports = 'none' | 'ring' | 'log';

/** How to make the VM. */
export interface SmallVmOptions {
  /** Default: none. */
  readonly reports?: PageReports;
  /**
   * A breakpoint is a HLT in the guest's code too, as the stepper's are where KVM steps by the trap
   * flag: not every such machine has hardware breakpoints for its guests.
   */
  readonly stopsByHalt?: boolean;
}

/** A VM that is put back into its first state for each guest. */
export class SmallVm implements Disposable {
  readonly vm: Vm;
  readonly vcpu: Vcpu;
  readonly ram: MemorySlot;
  readonly #memory: GuestMemory;
  /** False where KVM refuses XCR0 with AVX. */
  readonly hasAvxState: boolean;
  readonly #image = memoryImage();
  readonly #regs: Regs = kvmRegs.allocate();
  readonly #sregs: Sregs = kvmSregs.allocate();
  readonly #freshSregs: Uint8Array;
  readonly #freshEvents: VcpuEvents;
  readonly #freshXsave: Uint8Array;
  readonly #freshXcrs: ReturnType<Vcpu['getXcrs']>;
  readonly #freshDebugRegs: ReturnType<Vcpu['getDebugRegs']>;

  /** Where a HLT stands for a breakpoint, and the byte that belongs there. */
  #stop: { readonly address: number; readonly byte: number } | undefined;
  readonly #stopsByHalt: boolean;

  constructor(kvm: Kvm, { reports = 'none', stopsByHalt = false }: SmallVmOptions = {}) {
    this.#stopsByHalt = stopsByHalt;
    this.vm = kvm.createVm();
    try {
      this.vm.setIdentityMapAddress(IDENTITY_MAP_GPA);
      this.vm.setTssAddress(TSS_GPA);
      // Before the vCPU: its ring is made with it.
      if (reports === 'ring') this.vm.enableDirtyRing();
      const memory = new GuestMemory(this.vm);
      this.ram = memory.add({ gpa: 0, size: RAM_BYTES, logDirty: reports !== 'none' });
      memory.write(0, this.#image);
      this.#memory = memory;
      this.vcpu = this.vm.createVcpu(0);
      this.vm.own(kvm.host.startTicks());
      this.vcpu.setCpuid2(deterministicCpuid(kvm.supportedCpuid()));
      this.#freshSregs = this.vcpu.getSregs().bytes.slice();
      this.hasAvxState = this.#enableAvxState();
      this.#freshEvents = this.vcpu.getVcpuEvents();
      this.#freshXsave = this.vcpu.getXsave();
      this.#freshXcrs = this.vcpu.getXcrs();
      this.#freshDebugRegs = this.vcpu.getDebugRegs();
    } catch (error) {
      this.vm.close();
      throw error;
    }
  }

  /** Puts registers and memory into the guest's first state. */
  start(state: StartState): void {
    this.#useUpHalt();
    this.#prepare(state);
  }

  /**
   * Uses up a halt that the guest before may have left: KVM's emulator keeps it in a flag that no
   * ioctl reaches (halt_request, arch/x86/kvm/x86.c) and exits for it after the next instruction.
   */
  #useUpHalt(): void {
    this.#prepare({ mode: 'protected', code: NOP_AND_HLT });
    this.runFreely();
    this.enter();
  }

  #prepare({ mode, code, registers, withoutIdt }: StartState): void {
    const { vcpu, ram } = this;
    // Less than all of it: what guests run is code that they, or others before, wrote.
    ram.bytes.set(this.#image);
    ram.bytes.set(code, CODE);
    // Nothing runs on behind it: a guest's last HLT is for good.
    const end = code.at(-1) === HLT ? HALT_FOR_GOOD.slice(1) : HALT_FOR_GOOD;
    ram.bytes.set(end, CODE + code.length);
    this.#stop = undefined;
    for (const [start, end] of CODE_RANGES) {
      this.#memory.write(start, ram.bytes.slice(start, end));
    }
    vcpu.setMpState(0);
    const sregs = this.#sregs;
    sregs.bytes.set(this.#freshSregs);
    applyMode(sregs, mode);
    if (withoutIdt === true) sregs.idt.assign({ base: 0n, limit: 0 });
    if (this.hasAvxState && mode !== 'real') sregs.cr4 |= CR4_OSXSAVE;
    vcpu.setSregs(sregs);
    const regs = this.#regs;
    regs.bytes.fill(0);
    regs.assign({
      ...{ rbx: BigInt(DATA), rsi: BigInt(DATA), rdi: BigInt(DATA + 0x800), rcx: 3n },
      // A port that nothing in the host knows, and an address without memory.
      ...{ rdx: 0x80n, rbp: BigInt(MMIO) },
      ...{ rsp: BigInt(isUser(mode) ? USER_STACK : STACK), rip: BigInt(CODE) },
      rflags: RFLAGS_FIXED,
    });
    for (const [name, value] of Object.entries(registers ?? {})) {
      regs[name as RegisterName] = BigInt(value);
    }
    vcpu.setRegs(regs);
    vcpu.setXcrs(this.#freshXcrs);
    vcpu.setXsave(this.#freshXsave);
    vcpu.setDebugRegs(this.#freshDebugRegs);
    vcpu.setVcpuEvents(this.#freshEvents);
    vcpu.run.validRegs = 0;
    vcpu.run.dirtyRegs = 0;
    if (mode.startsWith('long')) vcpu.setMsrs(SYSTEM_CALL_MSRS);
  }

  /** KVM_RUN, again where a signal came first. Returns 0 or a negative errno: EINTR for a time-out. */
  enter(): number {
    for (const start = performance.now(); ;) {
      const result = this.vcpu.enter();
      if (result !== EINTR && result !== EAGAIN) return result;
      if (performance.now() - start > TIME_OUT_MS) return result;
    }
  }

  /** Steps; with an address, up to a breakpoint there too. */
  step(breakpoint?: number): void {
    this.vcpu.clearBreakpoints();
    if (breakpoint === undefined) {
      this.vcpu.setGuestDebug(STEPPING);
      return;
    }
    this.vcpu.setBreakpoint(0, breakpoint, 0);
    this.vcpu.setGuestDebug(STEPPING | BREAKPOINTS);
    if (!this.#stopsByHalt) return;
    this.#stop = { address: breakpoint, byte: this.ram.bytes[breakpoint]! };
    this.#memory.write(breakpoint, Uint8Array.of(HLT));
  }

  /** After a HLT exit: whether it is that of a breakpoint. Takes that away, and puts rip back before it. */
  takeStop(): boolean {
    if (this.#stop === undefined || this.place !== this.#stop.address + 1) return false;
    const { address, byte } = this.#stop;
    this.#stop = undefined;
    this.#memory.write(address, Uint8Array.of(byte));
    const regs = this.vcpu.getRegs(this.#regs);
    regs.rip -= 1n;
    this.vcpu.setRegs(regs);
    return true;
  }

  runFreely(): void {
    this.vcpu.clearBreakpoints();
    this.vcpu.setGuestDebug(NO_STEPPING);
  }

  /** cs.base + rip. */
  get place(): number {
    const { rip } = this.vcpu.getRegs(this.#regs);
    const { base } = this.vcpu.getSregs(this.#sregs).cs;
    return Number(rip + base);
  }

  #enableAvxState(): boolean {
    const xcrs = this.vcpu.getXcrs();
    if (xcrs.nrXcrs === 0) return false;
    xcrs.xcrs[0]!.value = XCR0_AVX;
    try {
      this.vcpu.setXcrs(xcrs);
      return true;
    } catch (error) {
      if (error instanceof SyscallError) return false;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.vm.close();
  }
}
