/** Linear (guest-virtual) memory: what the page tables of a state make of physical memory. */
import { isLongMode, hasPaging } from '../x86/control-bits.js';
import { hex } from '../base/number-text.js';
import { PAGE_BYTES } from '../base/page.js';
import {
  walk,
  type PagingState,
  type Translation,
  type TranslationFault,
} from '../x86/page-walk.js';

const MAX_LINEAR_32 = 0xffff_ffffn;

/** Why memory could not be read at an address. */
export interface MemoryFault {
  /** The first address that could not be read. */
  readonly address: bigint;
  /** `no-memory` with level 0: the address, translated, is outside of the guest's memory. */
  readonly reason: TranslationFault['reason'];
  /** The level of the paging structure that says so: 5 (PML5) to 1 (page table), or 0. */
  readonly level: number;
}

/** Bytes from an address on: as many as asked for, or those before a fault. */
export interface MemoryRead {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly fault: MemoryFault | undefined;
}

/** The control registers that paging depends on, as the state has them. */
export interface PagingRegisters {
  readonly cr0: bigint;
  readonly cr3: bigint;
  readonly cr4: bigint;
  readonly efer: bigint;
}

/** Reads up to `length` bytes of physical memory: fewer where memory ends. */
export type ReadPhysical = (gpa: number, length: number) => Uint8Array;

/** Linear memory of one state. */
export class VirtualMemory {
  readonly #paging: PagingState;
  /** Whether linear addresses have 32 bits. */
  readonly #narrow: boolean;
  readonly #read: ReadPhysical;
  /** Entries of paging structures by address: neighbouring pages share them. */
  readonly #entries = new Map<number, DataView>();

  constructor(registers: PagingRegisters, read: ReadPhysical) {
    const low = (value: bigint): number => Number(BigInt.asIntN(32, value));
    this.#paging = {
      cr0: low(registers.cr0),
      cr3Low: low(registers.cr3),
      cr3High: low(registers.cr3 >> 32n),
      cr4: low(registers.cr4),
      efer: low(registers.efer),
    };
    this.#narrow = !hasPaging(registers.cr0) || !isLongMode(registers.efer);
    this.#read = read;
  }

  /** Where a linear address leads, or why nowhere. Permissions are told, not enforced. */
  translate(gva: bigint): Translation | TranslationFault {
    if (this.#narrow && gva > MAX_LINEAR_32) {
      return { kind: 'fault', level: 0, reason: 'not-canonical' };
    }
    return walk(
      Number(BigInt.asIntN(32, gva)),
      Number(BigInt.asIntN(32, gva >> 32n)),
      this.#paging,
      (gpa) => this.#entry(gpa),
    );
  }

  /** The bytes from `gva` on, up to the first that no page or no memory holds. */
  read(gva: bigint, length: number): MemoryRead {
    const bytes = new Uint8Array(length);
    let done = 0;
    let fault: MemoryFault | undefined;
    while (done < length && fault === undefined) {
      const address = BigInt.asUintN(64, gva + BigInt(done));
      const wanted = Math.min(length - done, PAGE_BYTES - Number(address % BigInt(PAGE_BYTES)));
      const page = this.translate(address);
      if (page.kind === 'fault') {
        fault = { address, reason: page.reason, level: page.level };
        break;
      }
      const piece = this.#read(page.gpa, wanted);
      bytes.set(piece, done);
      done += piece.length;
      if (piece.length < wanted) {
        fault = { address: address + BigInt(piece.length), reason: 'no-memory', level: 0 };
      }
    }
    return { address: gva, bytes: bytes.subarray(0, done), fault };
  }

  /** Four aligned bytes, read eight at a time: most entries have eight. */
  #entry(gpa: number): number | undefined {
    const start = gpa - (gpa % 8);
    let entry = this.#entries.get(start);
    if (entry === undefined) {
      const bytes = this.#read(start, 8);
      entry = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#entries.set(start, entry);
    }
    const offset = gpa - start;
    return entry.byteLength < offset + 4 ? undefined : entry.getInt32(offset, true);
  }
}

const LEVELS = ['', 'page table', 'page directory', 'PDPT', 'PML4', 'PML5'];

/** For people: `0x4000 is not present: no entry in the page table (level 1)`. */
export function describeFault({ address, reason, level }: MemoryFault): string {
  const at = hex(address);
  const where = `the ${LEVELS[level]} (level ${level})`;
  switch (reason) {
    case 'not-canonical':
      return `${at} is not canonical: no linear address in this mode`;
    case 'not-present':
      return `${at} is not present: its entry in ${where} says so`;
    case 'reserved-bit':
      return `${at} is not mapped: a reserved bit is set in ${where}`;
    case 'no-memory':
      return level === 0
        ? `${at} is outside of the guest's memory`
        : `${at} is not mapped: ${where} is outside of the guest's memory`;
  }
}
