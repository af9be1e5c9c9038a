import { hex } from '../base/number-text.js';
import { PAGE_BYTES } from '../base/page.js';
import { inputError } from '../base/errors.js';
import { MEM } from './abi/memory.js';
import { MAX_MAPPING_BYTES, type Mapping } from './libc.js';
import type { Vm } from './vm.js';

/** A piece of guest-physical memory that is to be. */
export interface SlotOptions {
  /** Guest-physical address, a multiple of 4096. */
  readonly gpa: number;
  /** Bytes, a multiple of 4096, at most 4 GiB. Larger guests take several slots. */
  readonly size: number;
  /** Slot number; the next free one if not given. */
  readonly slot?: number;
  /** Have KVM log writes (dirty ring or KVM_GET_DIRTY_LOG). */
  readonly logDirty?: boolean;
  /** Guest writes become MMIO exits; the host may still write. */
  readonly readonly?: boolean;
  /** What the memory is full of at first (1, 2, 4, … bytes, repeated); zero if not given. */
  readonly fill?: Uint8Array;
}

/**
 * A piece of guest-physical memory. `bytes` and `words` are the memory itself: whoever writes there after
 * the guest has run says so with `KvmHost.wrote`, or `GuestMemory.wroteAnywhere`.
 */
export interface MemorySlot {
  readonly slot: number;
  readonly gpa: number;
  readonly size: number;
  /** MEM flags. */
  readonly flags: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Of `bytes`, in this process. */
  readonly address: number;
}

function checkPlace(gpa: number, size: number): void {
  const whole = size % PAGE_BYTES === 0 && gpa % PAGE_BYTES === 0;
  if (!whole || size <= 0 || size > MAX_MAPPING_BYTES || gpa < 0) {
    throw inputError(
      `A memory slot of ${hex(size)} bytes at ${hex(gpa)} cannot be: use whole pages of 4096 bytes, at most 4 GiB in a slot.`,
    );
  }
}

/** The RAM of a VM: its slots, and reads and writes across them. Closed with its VM. */
export class GuestMemory implements Disposable {
  readonly #vm: Vm;
  readonly #slots: MemorySlot[] = [];
  readonly #mappings: Mapping[] = [];

  constructor(vm: Vm) {
    this.#vm = vm;
    vm.own(this);
  }

  /** In the order in which they were added. */
  get slots(): readonly MemorySlot[] {
    return this.#slots;
  }

  /** Adds memory. Costs only what is written to. Throws a SyscallError where KVM refuses. */
  add(options: SlotOptions): MemorySlot {
    const { gpa, size, fill } = options;
    checkPlace(gpa, size);
    const mapping = this.map(size, fill);
    return this.attach(mapping, 0, options);
  }

  /**
   * Maps memory that is no slot yet: for several slots over one piece of memory. It is closed
   * with the VM, as that of `add` is.
   */
  map(size: number, fill?: Uint8Array): Mapping {
    const mapping = this.#vm.host.mapMemory(size, fill);
    this.#mappings.push(mapping);
    return mapping;
  }

  /** Makes `size` bytes of a mapping a slot. `fill` is not for here. */
  attach(mapping: Mapping, offset: number, options: Omit<SlotOptions, 'fill'>): MemorySlot {
    const { gpa, size } = options;
    checkPlace(gpa, size);
    const slot = options.slot ?? this.#nextNumber();
    const flags =
      (options.logDirty === true ? MEM.KVM_MEM_LOG_DIRTY_PAGES : 0) |
      (options.readonly === true ? MEM.KVM_MEM_READONLY : 0);
    const bytes = new Uint8Array(mapping.buffer, offset, size);
    const words = new Int32Array(mapping.buffer, offset, size / 4);
    const userspaceAddress = mapping.address + BigInt(offset);
    this.#vm.setUserMemoryRegion({ slot, flags, gpa, size, userspaceAddress });
    const address = Number(userspaceAddress);
    const added = { slot, gpa, size, flags, bytes, words, address };
    this.#slots.push(added);
    return added;
  }

  #nextNumber(): number {
    return this.#slots.reduce((next, { slot }) => Math.max(next, slot + 1), 0);
  }

  /** The slot that holds an address, if any does. */
  slotAt(gpa: number): MemorySlot | undefined {
    for (const slot of this.#slots) {
      if (gpa >= slot.gpa && gpa < slot.gpa + slot.size) return slot;
    }
    return undefined;
  }

  /** A copy of `length` bytes. Throws a KvmtraceError naming the first address without memory. */
  read(gpa: number, length: number): Uint8Array {
    const copy = new Uint8Array(length);
    this.#pieces(gpa, length, (piece, at) => {
      copy.set(piece, at);
    });
    return copy;
  }

  /** Writes nothing if any of the bytes would lie outside of the memory. */
  write(gpa: number, bytes: Uint8Array): void {
    this.#pieces(gpa, bytes.length, (piece, at, address) => {
      piece.set(bytes.subarray(at, at + piece.length));
      this.#vm.host.wrote(address, piece.length);
    });
  }

  /** Tells the host that any of it may have been written through `bytes` or `words`. */
  wroteAnywhere(): void {
    for (const { address, size } of this.#slots) this.#vm.host.wrote(BigInt(address), size);
  }

  /** Calls back for each run of bytes in one slot, once all are known to be there. */
  #pieces(
    gpa: number,
    length: number,
    each: (piece: Uint8Array, at: number, address: bigint) => void,
  ): void {
    const pieces: { bytes: Uint8Array; address: bigint }[] = [];
    for (let at = 0; at < length;) {
      const slot = this.slotAt(gpa + at);
      if (slot === undefined) {
        throw inputError(
          `Guest memory has nothing at ${hex(gpa + at)} (${length} bytes from ${hex(gpa)} were asked for): ${this.#describe()}.`,
        );
      }
      const start = gpa + at - slot.gpa;
      const bytes = slot.bytes.subarray(start, start + length - at);
      pieces.push({ bytes, address: BigInt(slot.address + start) });
      at += bytes.length;
    }
    let at = 0;
    for (const { bytes, address } of pieces) {
      each(bytes, at, address);
      at += bytes.length;
    }
  }

  #describe(): string {
    const ranges = this.#slots.map(({ gpa, size }) => `${hex(gpa)}-${hex(gpa + size - 1)}`);
    return ranges.length === 0 ? 'it has no memory' : `it has ${ranges.join(', ')}`;
  }

  /** Gives the memory back. Views of it read as zero afterwards. The VM calls it when it closes. */
  [Symbol.dispose](): void {
    this.#slots.splice(0);
    for (const mapping of this.#mappings.splice(0)) this.#vm.host.unmap(mapping);
  }
}
