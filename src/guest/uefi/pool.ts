/** AllocatePool: pieces of pages, aligned to 16 bytes, so that small structures do not take a page each. */
import { AllocateType, EFI_PAGE_BYTES, type MemoryMap } from './memory-map.js';
import { fail } from '../../uefi/status.js';

const ALIGNMENT = 16;
/** Pages that are taken from the memory map at a time. */
const ARENA_PAGES = 16;

interface Piece {
  readonly type: number;
  readonly address: number;
  readonly size: number;
  readonly isFree: boolean;
}

/** The pool memory of the firmware. */
export class Pool {
  readonly #map: MemoryMap;
  /** In order of address; neighbours of one arena join again when they are free. */
  #pieces: Piece[] = [];

  constructor(map: MemoryMap) {
    this.#map = map;
  }

  /**
   * @returns the address of `sizeBytes` of memory of this type
   * @throws EfiFailure as AllocatePool returns it
   */
  allocate(type: number, sizeBytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(sizeBytes / ALIGNMENT) * ALIGNMENT);
    const fits = (piece: Piece): boolean =>
      piece.isFree && piece.type === type && piece.size >= size;
    if (!this.#pieces.some(fits)) this.#grow(type, size);
    const index = this.#pieces.findIndex(fits);
    const { address, size: whole } = this.#pieces[index]!;
    const parts: Piece[] = [{ type, address, size, isFree: false }];
    if (whole > size)
      parts.push({ type, address: address + size, size: whole - size, isFree: true });
    this.#pieces.splice(index, 1, ...parts);
    return address;
  }

  /** @throws EfiFailure where no piece begins there */
  free(address: number): void {
    const index = this.#pieces.findIndex((piece) => piece.address === address && !piece.isFree);
    if (index < 0) fail('EFI_INVALID_PARAMETER');
    this.#pieces[index] = { ...this.#pieces[index]!, isFree: true };
    this.#join(index);
    this.#join(index - 1);
  }

  save(): readonly Piece[] {
    return this.#pieces;
  }

  restore(pieces: readonly Piece[]): void {
    this.#pieces = [...pieces];
  }

  #grow(type: number, size: number): void {
    const pages = Math.max(ARENA_PAGES, Math.ceil(size / EFI_PAGE_BYTES));
    const address = this.#map.allocate(AllocateType.anyPages, type, pages);
    this.#pieces.push({ type, address, size: pages * EFI_PAGE_BYTES, isFree: true });
    this.#pieces.sort((a, b) => a.address - b.address);
  }

  /** Joins a free piece with the free one behind it. */
  #join(index: number): void {
    const piece = this.#pieces[index];
    const next = this.#pieces[index + 1];
    if (piece?.isFree !== true || next?.isFree !== true || piece.type !== next.type) return;
    if (piece.address + piece.size !== next.address) return;
    this.#pieces.splice(index, 2, { ...piece, size: piece.size + next.size });
  }
}
