import { assert } from '../base/errors.js';
import { hex } from '../base/number-text.js';
import { PAGE_BYTES } from '../base/page.js';
import { equalMemory, mmap, munmap } from '../kvm/libc.js';
import {
  MAP_ANONYMOUS,
  MAP_NORESERVE,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from '../kvm/mmap-flags.js';
import type { Mapping } from '../kvm/libc.js';
import type { RamSlot } from './linear-memory.js';
import type { VcpuHost } from './vcpu-host.js';

/** One slot's memory and the copy of it as it stood before the step. */
export interface ShadowedSlot extends RamSlot {
  readonly words: Int32Array;
  readonly shadowBytes: Uint8Array;
  readonly shadowWords: Int32Array;
  /** Of `shadowBytes`, in this process. */
  readonly shadowAddress: number;
}

/**
 * A copy of guest memory as it stood before the current step: what a dirty page is compared with,
 * and what a step that must not have happened is undone from. Costs host memory only for pages that
 * are not zero.
 */
export class Shadow {
  readonly slots: readonly ShadowedSlot[];
  readonly #mappings: readonly Mapping[];

  constructor(slots: readonly RamSlot[]) {
    this.#mappings = slots.map((slot) =>
      mmap({
        length: slot.size,
        protection: PROT_READ | PROT_WRITE,
        flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
      }),
    );
    this.slots = slots.map((slot, i) => {
      const { buffer, address: shadowAddress } = this.#mappings[i]!;
      const { bytes, address } = slot;
      return {
        slot: slot.slot,
        gpa: slot.gpa,
        size: slot.size,
        bytes,
        address,
        readonly: slot.readonly ?? false,
        words: new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
        shadowBytes: new Uint8Array(buffer),
        shadowWords: new Int32Array(buffer),
        shadowAddress: Number(shadowAddress),
      };
    });
  }

  /** Writes guest memory and its copy: the initial state, not a change. There must be memory at `gpa`. */
  load(gpa: number, bytes: Uint8Array): void {
    const slot = this.slots.find(
      (each) => gpa >= each.gpa && gpa + bytes.length <= each.gpa + each.size,
    );
    assert(slot !== undefined, `loading ${bytes.length} bytes at gpa ${hex(gpa)}`);
    slot.bytes.set(bytes, gpa - slot.gpa);
    slot.shadowBytes.set(bytes, gpa - slot.gpa);
  }

  /** Makes the copy of a page equal to the page. */
  adopt(slotIndex: number, page: number): void {
    const slot = this.slots[slotIndex]!;
    const start = page * PAGE_BYTES;
    slot.shadowBytes.set(slot.bytes.subarray(start, start + PAGE_BYTES), start);
  }

  /** Puts a page back as the copy has it. */
  restore(slotIndex: number, page: number, vcpu: Pick<VcpuHost, 'wrote'>): void {
    const slot = this.slots[slotIndex]!;
    const start = page * PAGE_BYTES;
    slot.bytes.set(slot.shadowBytes.subarray(start, start + PAGE_BYTES), start);
    vcpu.wrote(slot.address + start, PAGE_BYTES);
  }

  close(): void {
    for (const mapping of this.#mappings) munmap(mapping);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Whether `length` bytes from offset `at` of a slot are as the copy has them: several times faster than a
 * loop over a page.
 */
export function isUnchanged(slot: ShadowedSlot, at: number, length: number): boolean {
  return equalMemory(slot.address + at, slot.shadowAddress + at, length);
}
