import { kvmRun, RUN_OFFSET, type RunStruct } from './abi/run.js';
import { decodeExit, type VcpuExit } from './exit.js';

export { RUN_OFFSET } from './abi/run.js';

/**
 * The pages that KVM shares with user space for one vCPU: kvm_run, the data of port I/O behind
 * it, and so on (KVM api.rst, section 5). `bytes`, `words` and `view` are over the same memory
 * and never change, so that a hot loop may keep them. After the vCPU is closed they read as zero.
 */
export class RunPage {
  readonly bytes: Uint8Array;
  /** 32-bit little-endian words: index = RUN_OFFSET.x / 4. */
  readonly words: Int32Array;
  readonly view: DataView;
  /** The same by field names; for code that does not run once per step. */
  readonly fields: RunStruct;

  constructor(buffer: ArrayBuffer) {
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.view = new DataView(buffer);
    this.fields = kvmRun.over(this.bytes);
  }

  get exitReason(): number {
    return this.words[RUN_OFFSET.exitReason >> 2]!;
  }

  /** 1 makes the next KVM_RUN finish the pending instruction and return with EINTR. */
  set immediateExit(on: boolean) {
    this.bytes[RUN_OFFSET.immediateExit] = on ? 1 : 0;
  }

  get immediateExit(): boolean {
    return this.bytes[RUN_OFFSET.immediateExit] !== 0;
  }

  /** Which register classes (SYNC_X86) KVM stores into the page at each exit. */
  set validRegs(classes: number) {
    this.words[RUN_OFFSET.kvmValidRegs >> 2] = classes;
  }

  /** Which register classes KVM takes from the page at the next entry. It clears them itself. */
  set dirtyRegs(classes: number) {
    this.words[RUN_OFFSET.kvmDirtyRegs >> 2] = classes;
  }

  /** What the last KVM_RUN ended with. Allocates: hot loops look at `exitReason` first. */
  exit(): VcpuExit {
    return decodeExit(this);
  }

  /** The bytes of a port I/O exit, live: fill them for an `in`. */
  ioData(): Uint8Array {
    const start = this.words[RUN_OFFSET.ioDataOffset >> 2]!;
    const size = this.bytes[RUN_OFFSET.ioSize]! * this.words[RUN_OFFSET.ioCount >> 2]!;
    return this.bytes.subarray(start, start + size);
  }

  /** The bytes of an MMIO exit, live: fill them for a read. */
  mmioData(): Uint8Array {
    const start = RUN_OFFSET.mmioData;
    return this.bytes.subarray(start, start + this.words[RUN_OFFSET.mmioLen >> 2]!);
  }
}
