import { PAGE_BYTES } from '../base/page.js';
import {
  PageTableBase,
  PDE64_ACCESSED,
  PDE64_DIRTY,
  PDE64_PRESENT,
  PDE64_PS,
  PDE64_RW,
} from './constants.js';

const ENTRIES = 512;
const GIGABYTES = 4;

/** Offsets from PageTableBase; the page directories follow the PDPT. */
const PDPT = PAGE_BYTES;
const PAGE_DIRECTORIES = 2 * PAGE_BYTES;

/** How much of the slot the tables take. */
export const PAGE_TABLES_BYTES = (2 + GIGABYTES) * PAGE_BYTES;

/** Accessed and dirty from the start, so that running writes nothing into the tables. */
const FLAGS = PDE64_PRESENT | PDE64_RW | PDE64_ACCESSED | PDE64_DIRTY;

/**
 * Writes an identity map of the first 4 GiB in 2 MiB pages (SDM volume 3A, 4.5), for a slot at
 * PageTableBase. CR3 is PageTableBase.
 */
export function writePageTables(slot: Uint8Array): void {
  const view = new DataView(slot.buffer, slot.byteOffset, PAGE_TABLES_BYTES);
  slot.fill(0, 0, PAGE_TABLES_BYTES);
  const put = (at: number, address: number, flags: number) => {
    view.setBigUint64(at, BigInt(address) + BigInt(flags), true);
  };
  put(0, PageTableBase + PDPT, FLAGS);
  for (let gigabyte = 0; gigabyte < GIGABYTES; gigabyte++) {
    const directory = PAGE_DIRECTORIES + gigabyte * PAGE_BYTES;
    put(PDPT + 8 * gigabyte, PageTableBase + directory, FLAGS);
    for (let page = 0; page < ENTRIES; page++) {
      put(directory + 8 * page, (gigabyte * ENTRIES + page) * 0x20_0000, FLAGS | PDE64_PS);
    }
  }
}
