import { assert } from '../base/errors.js';
import { lowWord, highWord } from '../base/halves.js';
import { GUESTDBG } from '../kvm/abi/debug.js';
import { EXIT } from '../kvm/abi/exit-reason.js';
import { SYNC_X86 } from '../kvm/abi/run.js';
import { RUN_OFFSET, type RunPage } from '../kvm/run-page.js';
import type { Vcpu } from '../kvm/vcpu.js';
import type { Access } from './access-bus.js';
import type { BurstHost } from './burst-host.js';
import { MACHINE_WORDS, SREGS } from './register-words.js';
import type { VcpuHost, VcpuRegisters } from './vcpu-host.js';

const STEP = GUESTDBG.KVM_GUESTDBG_ENABLE | GUESTDBG.KVM_GUESTDBG_SINGLESTEP;
const BREAK = GUESTDBG.KVM_GUESTDBG_ENABLE | GUESTDBG.KVM_GUESTDBG_USE_HW_BP;
/** DR0 to DR3. */
const HARDWARE_BREAKPOINTS = 4;

const GENERAL = SYNC_X86.KVM_SYNC_X86_REGS;
const GENERAL_AND_SYSTEM = GENERAL | SYNC_X86.KVM_SYNC_X86_SREGS;

const VALID_REGS = RUN_OFFSET.kvmValidRegs >> 2;
const EXIT_REASON = RUN_OFFSET.exitReason >> 2;
const DEBUG_DR6 = RUN_OFFSET.debugDr6 >> 2;
const DEBUG_DR7 = RUN_OFFSET.debugDr7 >> 2;
/** What DR7 cannot be: some of its bits are always clear (SDM vol. 3, 18.2.4). */
const NO_DR7 = -1;
/** DR6.B0 to DR6.B3. */
const BREAKPOINT_BITS = 0xf;
/** KVM_EXIT_IO_OUT. */
const OUT = 1;

/** A vCPU of KVM's, through the page that it shares. */
export class KvmVcpu implements VcpuHost {
  readonly words: Int32Array;
  readonly registers: VcpuRegisters;
  readonly isEmulated: boolean;
  readonly bursts: BurstHost | undefined;
  /** The binding's own. */
  readonly raw: Vcpu;
  readonly #run: Int32Array;
  /** Of the last KVM_SET_GUEST_DEBUG. */
  #control = 0;

  constructor(raw: Vcpu, bursts?: BurstHost) {
    this.raw = raw;
    this.bursts = bursts;
    this.registers = raw;
    this.isEmulated = raw.host.kind === 'emulated';
    this.#run = raw.run.words;
    this.words = machineWords(raw.run);
  }

  enter(): number {
    this.#run[DEBUG_DR7] = NO_DR7;
    return this.raw.enter();
  }

  complete(): number {
    const { run } = this.raw;
    run.immediateExit = true;
    const result = this.enter();
    run.immediateExit = false;
    return result;
  }

  shareSystem(on: boolean): void {
    this.#run[VALID_REGS] = on ? GENERAL_AND_SYSTEM : GENERAL;
  }

  get exitReason(): number {
    return this.#run[EXIT_REASON]!;
  }

  get hitBreakpoint(): boolean {
    return (this.#run[DEBUG_DR6]! & BREAKPOINT_BITS) !== 0;
  }

  /**
   * The debug exit of KVM's emulator says what DR6 is, and leaves DR7 as it was (kvm_vcpu_do_singlestep in
   * x86.c), which the one of a processor's trap does not (db_interception in svm.c, handle_exception_nmi
   * in vmx.c).
   */
  get wasEmulated(): boolean {
    return this.#run[DEBUG_DR7] === NO_DR7;
  }

  get isInterruptible(): boolean {
    const { bytes } = this.raw.run;
    return bytes[RUN_OFFSET.readyForInterruptInjection] !== 0 && bytes[RUN_OFFSET.ifFlag] !== 0;
  }

  access(): Access {
    const { run } = this.raw;
    const { bytes, view } = run;
    if (this.exitReason === EXIT.KVM_EXIT_IO) {
      return {
        kind: 'port',
        write: bytes[RUN_OFFSET.ioDirection] === OUT,
        address: view.getUint16(RUN_OFFSET.ioPort, true),
        size: bytes[RUN_OFFSET.ioSize]!,
        data: run.ioData(),
      };
    }
    const data = run.mmioData();
    return {
      kind: 'mmio',
      write: bytes[RUN_OFFSET.mmioIsWrite] !== 0,
      address: Number(view.getBigUint64(RUN_OFFSET.mmioPhysAddr, true)),
      size: data.length,
      data,
    };
  }

  runFreely(stopBefore: readonly bigint[] = []): void {
    this.#debug(stopBefore.length === 0 ? 0 : BREAK, stopBefore);
  }

  requestWindow(on: boolean): void {
    this.raw.run.bytes[RUN_OFFSET.requestInterruptWindow] = on ? 1 : 0;
  }

  singleStep(): void {
    this.#debug(STEP);
  }

  stepAndBreak(addresses: readonly bigint[]): void {
    this.#debug(STEP | BREAK, addresses);
  }

  stepOn(): void {
    this.raw.setGuestDebug(this.#control);
  }

  interrupt(vector: number): void {
    this.raw.interrupt(vector);
  }

  wrote(address: number, sizeBytes: number): void {
    this.raw.host.wrote(BigInt(address), sizeBytes);
  }

  #debug(control: number, breakpoints: readonly bigint[] = []): void {
    this.raw.clearBreakpoints();
    breakpoints.slice(0, HARDWARE_BREAKPOINTS).forEach((address, i) => {
      this.raw.setBreakpoint(i, lowWord(address), highWord(address));
    });
    this.#control = control;
    this.stepOn();
  }
}

/** The live registers of a run page. */
function machineWords(run: RunPage): Int32Array {
  const start = RUN_OFFSET.regs >> 2;
  assert(RUN_OFFSET.sregs >> 2 === start + SREGS, 'kvm_sync_regs: sregs do not follow regs');
  return run.words.subarray(start, start + MACHINE_WORDS);
}
