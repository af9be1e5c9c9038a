/** Memory of an exported file: pages as they were at its beginning, and what its steps changed since. */
import type { MemoryPiece, Row, Wide } from './documents.js';
import { hex, wide } from './text.js';

export interface WindowPage {
  readonly page: number;
  /** Base64. */
  readonly bytes: string;
}

export interface PageMapping {
  /** Of a page, linear. */
  readonly address: Wide;
  /** Guest-physical, as a number of a page. */
  readonly page: number;
}

const PAGE_BYTES = 4096;

type Changes = Row['memory'];

export class WindowMemory {
  readonly #pages = new Map<number, Uint8Array>();
  readonly #mapping = new Map<bigint, number>();
  /** The state that the pages are of. */
  #at: number | undefined;

  constructor(pages: readonly WindowPage[], mapping: readonly PageMapping[]) {
    for (const { page, bytes } of pages) {
      const plain = atob(bytes);
      this.#pages.set(
        page,
        Uint8Array.from(plain, (each) => each.charCodeAt(0)),
      );
    }
    for (const { address, page } of mapping) this.#mapping.set(wide(address), page);
  }

  /** Where a linear address is; undefined for what the file does not have. */
  translate(address: bigint): number | undefined {
    const offset = address % BigInt(PAGE_BYTES);
    const page = this.#mapping.get(address - offset);
    return page === undefined ? undefined : page * PAGE_BYTES + Number(offset);
  }

  /** Does or undoes what the steps in between changed. */
  moveTo(at: number, first: number, changesOf: (step: number) => Changes): void {
    let now = this.#at ?? first;
    for (; now < at; now++) {
      for (const { gpa, after } of changesOf(now)) this.#put(gpa, after);
    }
    for (; now > at; now--) {
      for (const { gpa, before } of changesOf(now - 1)) this.#put(gpa, before);
    }
    this.#at = at;
  }

  /** A range by pages; what the file does not have has a fault. */
  pieces(first: bigint, length: number, physical: boolean, written: Row['written']): MemoryPiece[] {
    const pieces: MemoryPiece[] = [];
    for (let done = 0; done < length;) {
      const address = BigInt.asUintN(64, first + BigInt(done));
      const offset = Number(address % BigInt(PAGE_BYTES));
      const size = Math.min(length - done, PAGE_BYTES - offset);
      const gpa = physical ? Number(address) : this.translate(address);
      const page = gpa === undefined ? undefined : this.#pages.get(Math.floor(gpa / PAGE_BYTES));
      const bytes = page?.subarray(offset, offset + size) ?? new Uint8Array();
      const isChanged = (i: number): boolean =>
        written.some((each) => gpa! + i >= each.gpa && gpa! + i < each.gpa + each.length);
      pieces.push({
        address: address.toString(),
        bytes: Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
        gpa: gpa ?? null,
        fault: page === undefined ? `the page of ${hex(address)} is not in this file` : null,
        changed: [...bytes.keys()].filter(isChanged),
      });
      done += size;
    }
    return pieces;
  }

  #put(gpa: number, bytes: string): void {
    for (let i = 0; 2 * i < bytes.length; i++) {
      const at = gpa + i;
      const page = this.#pages.get(Math.floor(at / PAGE_BYTES));
      if (page !== undefined) page[at % PAGE_BYTES] = parseInt(bytes.slice(2 * i, 2 * i + 2), 16);
    }
  }
}
