/**
 * The page walk of the SDM (vol. 3, chapter 5) in user space. KVM_TRANSLATE is no substitute: it
 * sets Accessed bits in the guest's tables and invents permissions (kvm-stepping rule 1).
 *
 * Addresses are pairs of 32-bit halves, so that a walk costs no BigInt.
 */
import { CR0_PG, CR4_PSE, CR4_PAE, CR4_LA57, EFER_LMA } from './control-bits.js';
import { TWO_32 } from '../base/halves.js';

/** Reads 4 aligned bytes of guest-physical memory, or undefined where there is none. */
export type ReadPhysical32 = (gpa: number) => number | undefined;

/** The registers that paging goes by, as words. */
export interface PagingState {
  readonly cr0: number;
  readonly cr3Low: number;
  readonly cr3High: number;
  readonly cr4: number;
  readonly efer: number;
}

/** Where a linear address lies in physical memory. */
export interface Translation {
  readonly kind: 'mapped';
  readonly gpa: number;
  /** 4096, 2 MiB, 4 MiB or 1 GiB; 4096 where paging is off. */
  readonly pageSize: number;
  readonly writable: boolean;
  readonly user: boolean;
  readonly executable: boolean;
  /** gpas of the table pages that were read, outermost first. */
  readonly tables: readonly number[];
}

/** Why a linear address lies nowhere. */
export interface TranslationFault {
  readonly kind: 'fault';
  /** 5 (PML5) … 1 (page table); 0 for a non-canonical address. */
  readonly level: number;
  readonly reason: 'not-canonical' | 'not-present' | 'no-memory' | 'reserved-bit';
}

const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const LARGE = 1 << 7;
const NX_HIGH = 0x80000000 | 0;
/** Bits 12–51 of an entry: its high half holds 20 of them. */
const ADDRESS_HIGH = 0xfffff;

/** Translates the linear address high:low. */
export function walk(
  low: number,
  high: number,
  state: PagingState,
  read: ReadPhysical32,
): Translation | TranslationFault {
  if ((state.cr0 & CR0_PG) === 0) {
    return {
      kind: 'mapped',
      gpa: low >>> 0,
      pageSize: 4096,
      writable: true,
      user: true,
      executable: true,
      tables: [],
    };
  }
  if ((state.efer & EFER_LMA) !== 0) return walkLong(low, high, state, read);
  if ((state.cr4 & CR4_PAE) !== 0) return walkPae(low, state, read);
  return walkLegacy(low, state, read);
}

function walkLong(
  low: number,
  high: number,
  state: PagingState,
  read: ReadPhysical32,
): Translation | TranslationFault {
  const levels = (state.cr4 & CR4_LA57) !== 0 ? 5 : 4;
  // Canonical: the bits above the translated ones equal the topmost of them, 47 or 56.
  const top = levels === 5 ? 24 : 15;
  const sign = (high << (31 - top)) >> 31;
  if (high >> top !== sign) return { kind: 'fault', level: 0, reason: 'not-canonical' };
  const table = (state.cr3High & ADDRESS_HIGH) * TWO_32 + ((state.cr3Low & ~0xfff) >>> 0);
  return descend(low, high, table, levels, read);
}

function walkPae(
  low: number,
  state: PagingState,
  read: ReadPhysical32,
): Translation | TranslationFault {
  const pointer = ((state.cr3Low & ~0x1f) >>> 0) + (low >>> 30) * 8;
  const entryLow = read(pointer);
  const entryHigh = read(pointer + 4);
  if (entryLow === undefined || entryHigh === undefined) {
    return { kind: 'fault', level: 3, reason: 'no-memory' };
  }
  if ((entryLow & PRESENT) === 0) return { kind: 'fault', level: 3, reason: 'not-present' };
  const table = (entryHigh & ADDRESS_HIGH) * TWO_32 + ((entryLow & ~0xfff) >>> 0);
  const result = descend(low, 0, table, 2, read);
  if (result.kind === 'fault') return result;
  return { ...result, tables: [pointer - (pointer % 4096), ...result.tables] };
}

/** Levels of 512 eight-byte entries: 5 PML5, 4 PML4, 3 PDPT, 2 page directory, 1 page table. */
function descend(
  low: number,
  high: number,
  root: number,
  levels: number,
  read: ReadPhysical32,
): Translation | TranslationFault {
  const tables: number[] = [];
  let table = root;
  let writable = true;
  let user = true;
  let executable = true;
  for (let level = levels; ; level--) {
    const entry = table + tableIndex(low, high, level) * 8;
    const entryLow = read(entry);
    const entryHigh = read(entry + 4);
    if (entryLow === undefined || entryHigh === undefined) {
      return { kind: 'fault', level, reason: 'no-memory' };
    }
    if ((entryLow & PRESENT) === 0) return { kind: 'fault', level, reason: 'not-present' };
    tables.push(table);
    writable &&= (entryLow & WRITABLE) !== 0;
    user &&= (entryLow & USER) !== 0;
    executable &&= (entryHigh & NX_HIGH) === 0;
    const large = (entryLow & LARGE) !== 0 && level > 1;
    if (large && level > 3) return { kind: 'fault', level, reason: 'reserved-bit' };
    const address = (entryHigh & ADDRESS_HIGH) * TWO_32;
    if (level === 1 || large) {
      const pageSize = level === 1 ? 4096 : level === 2 ? 0x20_0000 : 0x4000_0000;
      const offset = (low & (pageSize - 1)) >>> 0;
      const base = address + ((entryLow & ~(pageSize - 1)) >>> 0);
      return { kind: 'mapped', gpa: base + offset, pageSize, writable, user, executable, tables };
    }
    table = address + ((entryLow & ~0xfff) >>> 0);
  }
}

function tableIndex(low: number, high: number, level: number): number {
  switch (level) {
    case 5:
      return (high >>> 16) & 0x1ff;
    case 4:
      return (high >>> 7) & 0x1ff;
    case 3:
      return ((high & 0x7f) << 2) | (low >>> 30);
    case 2:
      return (low >>> 21) & 0x1ff;
    default:
      return (low >>> 12) & 0x1ff;
  }
}

/** 32-bit paging: 1024 four-byte entries, 4 MiB pages with CR4.PSE (PSE-36 bits 13–20 → 32–39). */
function walkLegacy(
  low: number,
  state: PagingState,
  read: ReadPhysical32,
): Translation | TranslationFault {
  const directory = (state.cr3Low & ~0xfff) >>> 0;
  const pde = read(directory + (low >>> 22) * 4);
  if (pde === undefined) return { kind: 'fault', level: 2, reason: 'no-memory' };
  if ((pde & PRESENT) === 0) return { kind: 'fault', level: 2, reason: 'not-present' };
  let writable = (pde & WRITABLE) !== 0;
  let user = (pde & USER) !== 0;
  if ((pde & LARGE) !== 0 && (state.cr4 & CR4_PSE) !== 0) {
    const gpa = ((pde >>> 13) & 0xff) * TWO_32 + ((pde & 0xffc00000) >>> 0) + (low & 0x3fffff);
    return {
      kind: 'mapped',
      gpa,
      pageSize: 0x40_0000,
      writable,
      user,
      executable: true,
      tables: [directory],
    };
  }
  const table = (pde & ~0xfff) >>> 0;
  const pte = read(table + ((low >>> 12) & 0x3ff) * 4);
  if (pte === undefined) return { kind: 'fault', level: 1, reason: 'no-memory' };
  if ((pte & PRESENT) === 0) return { kind: 'fault', level: 1, reason: 'not-present' };
  writable &&= (pte & WRITABLE) !== 0;
  user &&= (pte & USER) !== 0;
  return {
    kind: 'mapped',
    gpa: ((pte & ~0xfff) >>> 0) + (low & 0xfff),
    pageSize: 4096,
    writable,
    user,
    executable: true,
    tables: [directory, table],
  };
}
