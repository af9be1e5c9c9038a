/**
 * The structs of KVM that hold addresses of user space: those of this process mean nothing to the
 * agent, so what they point to is taken along, and brought back.
 */
import { hex } from '../../../base/number-text.js';
import { PAGE_BYTES } from '../../../base/page.js';
import { kvmMsrFilter } from '../../abi/capability.js';
import {
  KVM_CLEAR_DIRTY_LOG,
  KVM_GET_DIRTY_LOG,
  KVM_SET_USER_MEMORY_REGION,
  KVM_X86_SET_MSR_FILTER,
  type Request,
} from '../../abi/ioctl.js';
import { kvmClearDirtyLog, kvmDirtyLog, kvmUserspaceMemoryRegion } from '../../abi/memory.js';
import { inputError } from '../../../base/errors.js';
import { copyMemory } from '../../libc.js';

const EFAULT = 14;

/** Memory that both sides see, for arguments. */
export interface Arena {
  /** In this process. */
  readonly address: bigint;
  /** What the agent calls it. */
  readonly agentAddress: number;
  readonly sizeBytes: number;
}

/** A buffer of this process that a struct points to. */
interface Pointee {
  readonly address: bigint;
  readonly sizeBytes: number;
  /** Where in the arena its copy is. */
  readonly at: number;
}

/** An argument on its way: the struct as the agent is to see it, and what to bring back. */
export interface Marshalled {
  readonly bytes: Uint8Array;
  readonly pointees: readonly Pointee[];
}

/** Pages of each slot of each VM: a dirty log's bitmap has a bit for each. */
export class Marshaller {
  readonly #slotPages = new Map<string, number>();
  readonly #agentAddressOf: (address: bigint) => number | undefined;

  constructor(agentAddressOf: (address: bigint) => number | undefined) {
    this.#agentAddressOf = agentAddressOf;
  }

  /** Undefined for a struct without addresses. `arena` may be used from `from` on. */
  marshal(
    fd: number,
    request: Request,
    bytes: Uint8Array,
    arena: Arena,
    from: number,
  ): Marshalled | undefined {
    switch (request.number) {
      case KVM_SET_USER_MEMORY_REGION.number:
        return { bytes: this.#region(fd, bytes), pointees: [] };
      case KVM_GET_DIRTY_LOG.number: {
        const log = kvmDirtyLog.over(bytes.slice());
        const pages = this.#slotPages.get(key(fd, log.slot)) ?? 0;
        const pointee = this.#pointee(log.dirtyBitmap, bitmapBytes(pages), arena, from);
        log.dirtyBitmap = BigInt(arena.agentAddress + pointee.at);
        return { bytes: log.bytes, pointees: [pointee] };
      }
      case KVM_CLEAR_DIRTY_LOG.number: {
        const log = kvmClearDirtyLog.over(bytes.slice());
        const pointee = this.#pointee(log.dirtyBitmap, bitmapBytes(log.numPages), arena, from);
        log.dirtyBitmap = BigInt(arena.agentAddress + pointee.at);
        return { bytes: log.bytes, pointees: [pointee] };
      }
      case KVM_X86_SET_MSR_FILTER.number:
        return this.#msrFilter(bytes, arena, from);
      default:
        return undefined;
    }
  }

  #region(fd: number, bytes: Uint8Array): Uint8Array {
    const region = kvmUserspaceMemoryRegion.over(bytes.slice());
    const { slot, memorySize, userspaceAddr } = region;
    this.#slotPages.set(key(fd, slot), Number(memorySize) / PAGE_BYTES);
    // The size 0 deletes the slot, and its address says nothing.
    if (memorySize === 0n) return region.bytes;
    const agentAddress = this.#agentAddressOf(userspaceAddr);
    if (agentAddress === undefined) {
      throw inputError(
        `The memory at ${hex(userspaceAddr)} is not of the emulated machine: take memory for a slot from GuestMemory or Tracee.mem.`,
      );
    }
    region.userspaceAddr = BigInt(agentAddress);
    return region.bytes;
  }

  #msrFilter(bytes: Uint8Array, arena: Arena, from: number): Marshalled {
    const filter = kvmMsrFilter.over(bytes.slice());
    const pointees: Pointee[] = [];
    let at = from;
    for (const range of filter.ranges) {
      if (range.nmsrs === 0) continue;
      const pointee = this.#pointee(range.bitmap, bitmapBytes(range.nmsrs), arena, at);
      range.bitmap = BigInt(arena.agentAddress + pointee.at);
      pointees.push(pointee);
      at += pointee.sizeBytes;
    }
    return { bytes: filter.bytes, pointees };
  }

  #pointee(address: bigint, sizeBytes: number, arena: Arena, at: number): Pointee {
    if (at + sizeBytes > arena.sizeBytes) throw new RangeError('an ioctl with too large buffers');
    return { address, sizeBytes, at };
  }
}

/** Copies what a struct points to into the arena, before the call. */
export function sendPointees({ pointees }: Marshalled, arena: Arena): number {
  for (const { address, sizeBytes, at } of pointees) {
    // As the kernel would say of an address where nothing is.
    if (address === 0n && sizeBytes > 0) return -EFAULT;
    copyMemory(arena.address + BigInt(at), address, sizeBytes);
  }
  return 0;
}

/** And out of it, after the call. */
export function receivePointees({ pointees }: Marshalled, arena: Arena): void {
  for (const { address, sizeBytes, at } of pointees) {
    copyMemory(address, arena.address + BigInt(at), sizeBytes);
  }
}

const key = (fd: number, slot: number): string => `${fd} ${slot}`;

function bitmapBytes(bits: number): number {
  return Math.ceil(bits / 64) * 8;
}
