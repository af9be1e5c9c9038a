import { MSR_KERNEL_GS_BASE } from '../x86/control-bits.js';
import { lowWord, highWord } from '../base/halves.js';
import type { VcpuRegisters } from '../machine/vcpu-host.js';
import type { Code } from '../stepper/code-cache.js';
import {
  REGISTER_DEBUG,
  REGISTER_MSR,
  REGISTER_XCR0,
  type RegisterInfo,
} from '../trace/format/registers.js';
import type { EventSink } from '../trace/format/event-sink.js';
import { Effect } from '../x86/instruction-class.js';
import { FpuDelta } from './fpu-delta.js';
import { isSteadyMsr, msrName } from '../x86/msr-names.js';

const RCX = 2;
const NO_WORDS = new Int32Array(0);

/**
 * State that KVM does not share through the run page: MSRs, debug registers, XCR0 and the x87, SSE
 * and AVX registers. Read through an ioctl each (5–7 µs), and so only after instructions that the
 * decoder says can change it.
 */
export class SideState {
  /** The registers of the trace that stand for MSRs. */
  readonly registers: readonly RegisterInfo[];
  /** Those MSRs, in the same order. */
  readonly msrIndices: readonly number[];
  readonly #vcpu: VcpuRegisters;
  readonly #fpu: FpuDelta | undefined;
  readonly #msrs = new Map<number, { id: number; value: bigint }>();
  readonly #debug = new BigUint64Array(6);
  #xcr0 = 0n;

  /**
   * @param msrIndices what KVM saves; those that cannot be read are left out
   * @param fpu false leaves x87, SSE and AVX registers out
   */
  constructor(vcpu: VcpuRegisters, msrIndices: readonly number[], fpu: boolean) {
    this.#vcpu = vcpu;
    this.#fpu = fpu ? new FpuDelta() : undefined;
    const readable = vcpu.getMsrs(msrIndices.filter(isSteadyMsr));
    this.msrIndices = readable.map(({ index }) => index);
    this.registers = readable.map(({ index }, i) => ({
      id: REGISTER_MSR + i,
      name: msrName(index),
      bits: 64,
    }));
    readable.forEach(({ index, data }, i) => {
      this.#msrs.set(index, { id: REGISTER_MSR + i, value: data });
    });
  }

  /** The current value of an MSR, 0 where KVM does not know it. */
  readonly msr = (index: number): bigint => this.#msrs.get(index)?.value ?? 0n;

  /** Sends the initial values. */
  sendAll(sink: EventSink): void {
    for (const { id, value } of this.#msrs.values()) {
      sink.register(id, lowWord(value), highWord(value));
    }
    this.#readDebug().forEach((value, i) => {
      this.#debug[i] = value;
      sink.register(REGISTER_DEBUG + i, lowWord(value), highWord(value));
    });
    this.#xcr0 = this.#readXcr0();
    sink.register(REGISTER_XCR0, lowWord(this.#xcr0), highWord(this.#xcr0));
    this.#fpu?.send(sink, this.#vcpu.getXsave());
  }

  /** Sends what an instruction with side effects changed. `words` are the registers after it. */
  sendStep(sink: EventSink, code: Code, words: Int32Array): void {
    const { effects } = code.class;
    if ((effects & Effect.fpu) !== 0) this.#fpu?.send(sink, this.#vcpu.getXsave());
    if ((effects & Effect.writeMsr) !== 0) this.#sendMsr(sink, words[2 * RCX]! >>> 0);
    if ((effects & Effect.swapGs) !== 0) this.#sendMsr(sink, MSR_KERNEL_GS_BASE);
    if ((effects & Effect.debugRegister) !== 0) this.#sendDebug(sink);
    if ((effects & Effect.xcr0) !== 0) this.#sendXcr0(sink);
  }

  /**
   * Puts the state that instructions with these effects change back to what was last sent: a handler's
   * first instruction, which KVM ran too early, may be one. `words` are the registers before it.
   */
  restore(effects: number, words: Int32Array): void {
    const vcpu = this.#vcpu;
    const xsave = this.#fpu?.last;
    if ((effects & Effect.fpu) !== 0 && xsave !== undefined) vcpu.setXsave(xsave);
    if ((effects & Effect.writeMsr) !== 0) this.#restoreMsr(words[2 * RCX]! >>> 0);
    if ((effects & Effect.swapGs) !== 0) this.#restoreMsr(MSR_KERNEL_GS_BASE);
    if ((effects & Effect.debugRegister) !== 0) {
      const state = vcpu.getDebugRegs();
      state.db.set(this.#debug.subarray(0, 4));
      state.dr6 = this.#debug[4]!;
      state.dr7 = this.#debug[5]!;
      vcpu.setDebugRegs(state);
    }
    if ((effects & Effect.xcr0) !== 0) {
      const state = vcpu.getXcrs();
      if (state.nrXcrs > 0) state.xcrs[0]!.value = this.#xcr0;
      vcpu.setXcrs(state);
    }
  }

  /**
   * The same of all state that a shutdown resets on SVM, where the vCPU then begins anew
   * (shutdown_interception in arch/x86/kvm/svm/svm.c): MSRs and debug registers. XCR0 and the x87, SSE
   * and AVX registers outlive it, as they do INIT (SDM vol. 3, table 10-1).
   */
  restoreAll(): void {
    const vcpu = this.#vcpu;
    const indices = [...this.#msrs.keys()];
    const lost = vcpu
      .getMsrs(indices)
      .map(({ index, data }) => ({ index, data: this.#msrs.get(index)!.value, is: data }))
      .filter(({ data, is }) => data !== is);
    vcpu.setMsrs(lost);
    this.restore(Effect.debugRegister, NO_WORDS);
  }

  #restoreMsr(index: number): void {
    const msr = this.#msrs.get(index);
    if (msr !== undefined) this.#vcpu.setMsrs([{ index, data: msr.value }]);
  }

  #sendMsr(sink: EventSink, index: number): void {
    const msr = this.#msrs.get(index);
    const read = msr === undefined ? undefined : this.#vcpu.getMsrs([index])[0];
    if (msr === undefined || read === undefined || read.data === msr.value) return;
    msr.value = read.data;
    sink.register(msr.id, lowWord(read.data), highWord(read.data));
  }

  #sendDebug(sink: EventSink): void {
    this.#readDebug().forEach((value, i) => {
      if (value === this.#debug[i]) return;
      this.#debug[i] = value;
      sink.register(REGISTER_DEBUG + i, lowWord(value), highWord(value));
    });
  }

  #sendXcr0(sink: EventSink): void {
    const value = this.#readXcr0();
    if (value === this.#xcr0) return;
    this.#xcr0 = value;
    sink.register(REGISTER_XCR0, lowWord(value), highWord(value));
  }

  #readDebug(): bigint[] {
    const { db, dr6, dr7 } = this.#vcpu.getDebugRegs();
    return [...db, dr6, dr7];
  }

  #readXcr0(): bigint {
    const { nrXcrs, xcrs } = this.#vcpu.getXcrs();
    return nrXcrs > 0 ? xcrs[0]!.value : 0n;
  }
}
