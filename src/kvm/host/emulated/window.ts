import { PAGE_BYTES } from '../../../base/page.js';
import { mmap, munmap, nextData, punchHole, type Mapping } from '../../libc.js';
import { MAP_SHARED, PROT_READ, PROT_WRITE } from '../../mmap-flags.js';
import { assert, machineError } from '../../../base/errors.js';
import { option } from '../../../base/option-names.js';
import { WINDOW_ADDRESS } from './protocol.js';

/** Bytes of the window, from its start. */
export interface Range {
  readonly start: number;
  readonly length: number;
}

/**
 * The part of the emulated machine's RAM that its kernel leaves alone: guests' memory, and what the
 * agent is to read. Pieces of it are handed out by whole pages; they cost only what is written to.
 */
export class Window {
  readonly #fd: number;
  readonly #fileOffset: number;
  #free: Range[];
  readonly #mappings = new Map<Mapping, Range>();

  /** @param reserved bytes at its start that are never handed out */
  constructor(options: { fd: number; fileOffset: number; size: number; reserved: number }) {
    this.#fd = options.fd;
    this.#fileOffset = options.fileOffset;
    this.#free = [{ start: options.reserved, length: options.size - options.reserved }];
  }

  /** Zeroed memory that both sides see. Throws a KvmtraceError (3) where there is no room. */
  map(length: number): Mapping {
    const size = Math.ceil(length / PAGE_BYTES) * PAGE_BYTES;
    const index = this.#free.findIndex((range) => range.length >= size);
    const range = this.#free[index];
    if (range === undefined) {
      throw machineError(
        `${length} bytes of guest memory are more than the emulated machine has left: give the guest less with ${option('memory')}, or record on /dev/kvm.`,
      );
    }
    const mapping = this.view(range.start, size);
    this.#free[index] = { start: range.start + size, length: range.length - size };
    this.#mappings.set(mapping, { start: range.start, length: size });
    return mapping;
  }

  /** Maps a part of the window, whoever it belongs to. */
  view(start: number, length: number): Mapping {
    return mmap({
      ...{ length, protection: PROT_READ | PROT_WRITE, flags: MAP_SHARED },
      ...{ fd: this.#fd, offset: this.#fileOffset + start },
    });
  }

  /** Ends a mapping and gives its memory back. */
  unmap(mapping: Mapping): void {
    const range = this.#mappings.get(mapping);
    munmap(mapping);
    if (range === undefined) return;
    this.#mappings.delete(mapping);
    punchHole(this.#fd, this.#fileOffset + range.start, range.length);
    this.#free.push(range);
    this.#joinFree();
  }

  /** Where a mapping that was handed out lies. */
  rangeOf(mapping: Mapping): Range {
    const range = this.#mappings.get(mapping);
    assert(range !== undefined, 'memory that is not of this machine');
    return range;
  }

  /** The parts of a range that have been written to, or read by the guest, in whole pages. */
  *used({ start, length }: Range): Generator<Range> {
    const from = this.#fileOffset + start;
    for (let at = from; at < from + length;) {
      const data = nextData(this.#fd, at);
      if (data === undefined || data.start >= from + length) return;
      at = Math.min(data.end, from + length);
      yield { start: data.start - this.#fileOffset, length: at - data.start };
    }
  }

  /** What the agent calls an address of this process; undefined for one that it does not see. */
  agentAddress(address: bigint): number | undefined {
    for (const [mapping, { start, length }] of this.#mappings) {
      const offset = address - mapping.address;
      if (offset >= 0n && offset < BigInt(length)) return WINDOW_ADDRESS + start + Number(offset);
    }
    return undefined;
  }

  #joinFree(): void {
    const sorted = this.#free.filter(({ length }) => length > 0).sort((a, b) => a.start - b.start);
    const joined: Range[] = [];
    for (const range of sorted) {
      const last = joined.at(-1);
      if (last !== undefined && last.start + last.length === range.start) {
        joined[joined.length - 1] = { start: last.start, length: last.length + range.length };
      } else {
        joined.push(range);
      }
    }
    this.#free = joined;
  }
}
