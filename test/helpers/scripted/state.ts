import { wide } from '../../../src/base/halves.js';
import { kvmVcpuEvents, type VcpuEvents } from '../../../src/kvm/abi/events.js';
import {
  kvmDebugregs,
  kvmRegs,
  kvmSregs,
  kvmXcrs,
  type DebugRegs,
  type Regs,
  type Sregs,
  type Xcrs,
} from '../../../src/kvm/abi/registers.js';
import { MACHINE_WORDS, SREGS } from '../../../src/machine/register-words.js';
import { imageMsrs, type VcpuImage } from '../../../src/machine/restore.js';
import type { MsrValue, VcpuRegisters } from '../../../src/machine/vcpu-host.js';
import {
  REGISTER_DEBUG,
  REGISTER_MSR,
  REGISTER_XCR0,
} from '../../../src/trace/format/registers.js';
import { isXsave, putShared, putXsave, SHARED_END } from './registers.js';

/** dr0–dr3, dr6, dr7. */
const DEBUG_REGISTERS = 6;
const DR6 = 4;

/** The whole state of a scripted vCPU: that of a snapshot, and what registers of the trace make of it. */
export class ScriptedState implements VcpuRegisters {
  readonly words = new Int32Array(MACHINE_WORDS);
  /** Told where the stepper takes a step back: it alone sets the MP state. */
  onUndo: () => void = () => undefined;
  /** Told of registers that were set. */
  onSet: () => void = () => undefined;
  #image: VcpuImage;
  readonly #msrs: { index: number; data: bigint }[];
  readonly #snapshotHere: () => VcpuImage | undefined;

  /** @param snapshotHere the snapshot of the state that the script has come to, if there is one */
  constructor(image: VcpuImage, snapshotHere: () => VcpuImage | undefined) {
    this.#image = copyOf(image);
    this.#snapshotHere = snapshotHere;
    this.#msrs = imageMsrs(image);
    this.words.set(wordsOf(image.regs));
    this.words.set(wordsOf(image.sregs), SREGS);
  }

  /** Gives a register of the trace a value. */
  put(id: number, low: number, high: number): void {
    if (putShared(this.words, id, low, high)) return;
    const value = wide(low, high);
    if (id >= REGISTER_MSR) this.#msrs[id - REGISTER_MSR]!.data = value;
    else if (isXsave(id)) putXsave(this.#image.xsave, id, low, high);
    else if (id === REGISTER_XCR0) this.getXcrs().xcrs[0]!.value = value;
    else this.#putDebug(id - REGISTER_DEBUG, value);
  }

  #putDebug(index: number, value: bigint): void {
    const state = kvmDebugregs.over(this.#image.debugregs);
    if (index < DR6) state.db[index] = value;
    else if (index === DR6) state.dr6 = value;
    else if (index < DEBUG_REGISTERS) state.dr7 = value;
  }

  getRegs(into: Regs = kvmRegs.allocate()): Regs {
    into.bytes.set(this.#snapshotHere()?.regs ?? bytesOf(this.words, 0, SREGS));
    return into;
  }

  setRegs(regs: Regs): void {
    this.words.set(wordsOf(regs.bytes));
    this.onSet();
  }

  getSregs(into: Sregs = kvmSregs.allocate()): Sregs {
    into.bytes.set(this.#snapshotHere()?.sregs ?? bytesOf(this.words, SREGS, MACHINE_WORDS));
    return into;
  }

  setSregs(sregs: Sregs): void {
    this.words.set(wordsOf(sregs.bytes).subarray(0, SHARED_END - SREGS), SREGS);
  }

  getXsave(): Uint8Array {
    return (this.#snapshotHere() ?? this.#image).xsave.slice();
  }

  setXsave(bytes: Uint8Array): void {
    this.#image.xsave.set(bytes);
  }

  getXcrs(): Xcrs {
    return kvmXcrs.over(this.#image.xcrs);
  }

  setXcrs(xcrs: Xcrs): void {
    this.#image.xcrs.set(xcrs.bytes);
  }

  getDebugRegs(): DebugRegs {
    return kvmDebugregs.over((this.#snapshotHere() ?? this.#image).debugregs.slice());
  }

  setDebugRegs(debugRegs: DebugRegs): void {
    this.#image.debugregs.set(debugRegs.bytes);
  }

  getVcpuEvents(): VcpuEvents {
    return kvmVcpuEvents.over((this.#snapshotHere() ?? this.#image).events.slice());
  }

  setVcpuEvents(): void {
    // What is delivered next is the script's.
  }

  getMpState(): number {
    return (this.#snapshotHere() ?? this.#image).mp_state[0]!;
  }

  setMpState(): void {
    this.onUndo();
  }

  getMsrs(indices: readonly number[]): MsrValue[] {
    return indices.flatMap((index) => {
      const found = this.#msrs.find((msr) => msr.index === index);
      return found === undefined ? [] : [{ ...found }];
    });
  }

  setMsrs(): MsrValue[] {
    return [];
  }
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.slice().buffer);
}

function bytesOf(words: Int32Array, from: number, to: number): Uint8Array {
  return new Uint8Array(words.slice(from, to).buffer);
}

function copyOf(image: VcpuImage): VcpuImage {
  const entries = Object.entries(image) as [string, Uint8Array][];
  return Object.fromEntries(
    // A Buffer's `slice` is no copy.
    entries.map(([part, bytes]) => [part, Uint8Array.from(bytes)]),
  ) as unknown as VcpuImage;
}
