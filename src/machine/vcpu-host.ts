/**
 * Who runs a vCPU. Stepping, capturing, recording and replaying know no more of it than this, so that a
 * KVM of this machine, one of another machine, and a script that plays a trace back are the same to them.
 *
 * The words are KVM's, and structs are those of its ABI (src/kvm/abi): the trace keeps them too.
 */
import type { VcpuEvents } from '../kvm/abi/events.js';
import type { DebugRegs, Regs, Sregs, Xcrs } from '../kvm/abi/registers.js';
import type { Access } from './access-bus.js';
import type { BurstHost } from './burst-host.js';

/** A model specific register and its value. */
export interface MsrValue {
  readonly index: number;
  readonly data: bigint;
}

/**
 * The state of a vCPU between two entries. Each call costs KVM a few microseconds: none is made for a
 * step that does not need it. A getter without `into` returns a struct of its own; setters throw what the
 * host throws where it does not take the values.
 */
export interface VcpuRegisters {
  getRegs(into?: Regs): Regs;
  /** Afterwards `VcpuHost.words` are stale until the next exit. */
  setRegs(regs: Regs): void;
  getSregs(into?: Sregs): Sregs;
  setSregs(sregs: Sregs): void;
  /** The XSAVE area in the standard format (SDM vol. 1, 13.4). */
  getXsave(): Uint8Array;
  setXsave(bytes: Uint8Array): void;
  getXcrs(): Xcrs;
  setXcrs(xcrs: Xcrs): void;
  getDebugRegs(): DebugRegs;
  setDebugRegs(debugRegs: DebugRegs): void;
  getVcpuEvents(): VcpuEvents;
  setVcpuEvents(events: VcpuEvents): void;
  /** 0 runnable, 1 uninitialized, 2 init received, 3 halted, 4 SIPI received. */
  getMpState(): number;
  setMpState(mpState: number): void;
  /** Those of `indices` that can be read, in their order. */
  getMsrs(indices: readonly number[]): MsrValue[];
  /** Returns those that were refused. */
  setMsrs(msrs: readonly MsrValue[]): MsrValue[];
}

/** Runs one vCPU, and stops it where it is told to. */
export interface VcpuHost {
  /**
   * General, segment and control registers as 32-bit words (register-words.ts), live: written by each
   * entry, those behind the general ones only while `shareSystem` is on. The array never changes.
   */
  readonly words: Int32Array;
  readonly registers: VcpuRegisters;
  /**
   * The processor is one that QEMU emulates, whose faults the stepper works around
   * (docs/kvm-stepping.md).
   */
  readonly isEmulated: boolean;
  /** Runs many plain steps at once; undefined where each is an entry of its own. */
  readonly bursts: BurstHost | undefined;

  /**
   * Runs the guest until something stops it, and `exitReason` says what: KVM_RUN. Called once a step or
   * more: allocates nothing. Returns 0 or a negative errno: -EINTR where a signal came first.
   */
  enter(): number;
  /** Completes a pending access and runs nothing further; -EINTR where nothing else came of it. */
  complete(): number;
  /** Whether entries write segment and control registers into `words` too, which costs half a microsecond. */
  shareSystem(on: boolean): void;

  /** Why the last entry ended (EXIT). */
  readonly exitReason: number;
  /** After a debug exit: a breakpoint caused it (DR6.B0–B3). */
  readonly hitBreakpoint: boolean;
  /**
   * After a debug exit: the host's own emulator completed the instruction. Where it steps by the guest's
   * trap flag it has forgotten that, and `stepOn` has to be said.
   */
  readonly wasEmulated: boolean;
  /** As of the last exit: `interrupt` may be called, as far as IF and the processor's shadows go. */
  readonly isInterruptible: boolean;
  /**
   * After an exit for port or MMIO: the access. Its `data` are the host's: what a read is to give goes
   * there, before `complete`.
   */
  access(): Access;

  /** From now on the guest is not stepped; an entry ends before the instruction at up to four linear addresses. */
  runFreely(stopBefore?: readonly bigint[]): void;
  /** Whether an entry is to end where the guest can be interrupted (KVM_EXIT_IRQ_WINDOW_OPEN). */
  requestWindow(on: boolean): void;
  /**
   * From now on an entry ends after an instruction (KVM_GUESTDBG_SINGLESTEP). Whatever sets registers
   * may end that, and so may what the host emulates: then it has to be said again.
   */
  singleStep(): void;
  /** The same, and before the instruction at any of up to four linear addresses. */
  stepAndBreak(addresses: readonly bigint[]): void;
  /** Says the last of these three once more. */
  stepOn(): void;
  /** Has an external interrupt delivered with the next entry (KVM_INTERRUPT). */
  interrupt(vector: number): void;
  /**
   * Tells of guest memory that was written from outside after a guest ran: an emulator keeps the
   * translations of code. `address` is of this process.
   */
  wrote(address: number, sizeBytes: number): void;
}
