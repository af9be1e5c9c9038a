/**
 * Who has which pages of the guest's RAM: EFI_MEMORY_DESCRIPTORs (UEFI 2.10, 7.2) that are sorted, apart and
 * together all of the RAM.
 */
import { fail } from '../../uefi/status.js';

/** EFI_MEMORY_TYPE. */
export const MemoryType = {
  reserved: 0,
  loaderCode: 1,
  loaderData: 2,
  bootServicesCode: 3,
  bootServicesData: 4,
  runtimeServicesCode: 5,
  runtimeServicesData: 6,
  conventional: 7,
  acpiReclaim: 9,
} as const;

/** EfiMaxMemoryType: types from 0x70000000 on are the OEM's and the loader's. */
const MAX_TYPE = 16;
const FIRST_FREE_TYPE = 0x7000_0000;

/** Bytes of a page in the memory map: 4 KiB on every processor. */
export const EFI_PAGE_BYTES = 4096;
/**
 * Bytes of a descriptor: more than its fields take, as firmware has it, so that programs use the
 * size they are told.
 */
export const DESCRIPTOR_BYTES = 48;
/** EFI_MEMORY_DESCRIPTOR_VERSION. */
export const DESCRIPTOR_VERSION = 1;
/** EFI_MEMORY_WB, and EFI_MEMORY_RUNTIME of what an operating system has to keep. */
const WRITE_BACK = 0xfn;
const RUNTIME = 1n << 63n;

/** Pages that one kind of owner has. */
export interface MemoryRange {
  readonly type: number;
  /** Guest-physical, of a page. */
  readonly start: number;
  readonly pages: number;
}

/** How AllocatePages chooses: EFI_ALLOCATE_TYPE. */
export const AllocateType = { anyPages: 0, maxAddress: 1, address: 2 } as const;

const endOf = ({ start, pages }: MemoryRange): number => start + pages * EFI_PAGE_BYTES;

/** The memory map, and AllocatePages and FreePages on it. */
export class MemoryMap {
  #ranges: MemoryRange[];
  /** Changes with every allocation: ExitBootServices wants the one of now. */
  key = 1;

  /** @param ranges sorted and apart */
  constructor(ranges: readonly MemoryRange[]) {
    this.#ranges = [...ranges];
  }

  get ranges(): readonly MemoryRange[] {
    return this.#ranges;
  }

  /**
   * Gives pages of conventional memory a type.
   *
   * @param address the highest last byte with `maxAddress`, the first with `address`
   * @returns their address
   * @throws EfiFailure as AllocatePages returns it
   */
  allocate(how: number, type: number, pages: number, address = 0): number {
    if (!isAllocatable(type) || how > AllocateType.address || pages <= 0)
      fail('EFI_INVALID_PARAMETER');
    const size = pages * EFI_PAGE_BYTES;
    if (how === AllocateType.address) {
      if (address % EFI_PAGE_BYTES !== 0) fail('EFI_NOT_FOUND');
      const holds = (range: MemoryRange): boolean =>
        range.type === MemoryType.conventional &&
        range.start <= address &&
        address + size <= endOf(range);
      if (!this.#ranges.some(holds)) fail('EFI_NOT_FOUND');
      this.#give(address, pages, type);
      return address;
    }
    const limit = how === AllocateType.maxAddress ? address + 1 : Infinity;
    for (const range of [...this.#ranges].reverse()) {
      if (range.type !== MemoryType.conventional) continue;
      const end = Math.floor(Math.min(endOf(range), limit) / EFI_PAGE_BYTES) * EFI_PAGE_BYTES;
      if (end - size < range.start) continue;
      this.#give(end - size, pages, type);
      return end - size;
    }
    return fail('EFI_OUT_OF_RESOURCES');
  }

  /** @throws EfiFailure where these pages are not all allocated */
  free(start: number, pages: number): void {
    if (start % EFI_PAGE_BYTES !== 0 || pages <= 0) fail('EFI_INVALID_PARAMETER');
    const end = start + pages * EFI_PAGE_BYTES;
    let at = start;
    for (const range of this.#ranges) {
      const isHere = range.start <= at && at < endOf(range);
      if (isHere && range.type !== MemoryType.conventional && range.type !== MemoryType.reserved) {
        at = Math.min(end, endOf(range));
      }
    }
    if (at !== end) fail('EFI_NOT_FOUND');
    this.#give(start, pages, MemoryType.conventional);
  }

  /** The type of the page that has this address; undefined where there is none. */
  typeAt(address: number): number | undefined {
    return this.#ranges.find((range) => range.start <= address && address < endOf(range))?.type;
  }

  /** The map as GetMemoryMap gives it. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#ranges.length * DESCRIPTOR_BYTES);
    const view = new DataView(bytes.buffer);
    for (const [index, { type, start, pages }] of this.#ranges.entries()) {
      const at = index * DESCRIPTOR_BYTES;
      const isRuntime =
        type === MemoryType.runtimeServicesCode || type === MemoryType.runtimeServicesData;
      view.setUint32(at, type, true);
      view.setBigUint64(at + 8, BigInt(start), true);
      view.setBigUint64(at + 24, BigInt(pages), true);
      view.setBigUint64(at + 32, WRITE_BACK | (isRuntime ? RUNTIME : 0n), true);
    }
    return bytes;
  }

  save(): { ranges: readonly MemoryRange[]; key: number } {
    return { ranges: this.#ranges, key: this.key };
  }

  restore({ ranges, key }: ReturnType<MemoryMap['save']>): void {
    this.#ranges = [...ranges];
    this.key = key;
  }

  /** Cuts the pages out of what has them, and joins neighbours of one type. */
  #give(start: number, pages: number, type: number): void {
    const end = start + pages * EFI_PAGE_BYTES;
    const pieces: MemoryRange[] = [{ type, start, pages }];
    for (const range of this.#ranges) {
      const before = Math.min(endOf(range), start) - range.start;
      const after = endOf(range) - Math.max(range.start, end);
      if (before > 0) pieces.push({ ...range, pages: before / EFI_PAGE_BYTES });
      if (after > 0) {
        pieces.push({
          type: range.type,
          start: Math.max(range.start, end),
          pages: after / EFI_PAGE_BYTES,
        });
      }
    }
    pieces.sort((a, b) => a.start - b.start);
    this.#ranges = [];
    for (const piece of pieces) {
      const last = this.#ranges.at(-1);
      if (last?.type === piece.type && endOf(last) === piece.start) {
        this.#ranges[this.#ranges.length - 1] = { ...last, pages: last.pages + piece.pages };
      } else {
        this.#ranges.push(piece);
      }
    }
    this.key++;
  }
}

function isAllocatable(type: number): boolean {
  if (type === MemoryType.conventional) return false;
  return type < MAX_TYPE || type >= FIRST_FREE_TYPE;
}
