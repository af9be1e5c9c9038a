import { PAGE_BYTES } from '../base/page.js';
import { PageTableBase } from './constants.js';

/**
 * One entry of the table at 0xff000000: UEFI's structs mix code pointers and data, so an entry
 * must lead to `hlt; ret` both when the guest calls the entry itself and when it loads the entry
 * and calls what it loaded.
 *
 *     f4                 hlt        ; the entry, called
 *     c3                 ret
 *     ff ff 00 00 00 00             ; with them the entry is the pointer 0x00000000ffffc3f4
 *
 * That pointer lies in a page of the page-table slot, which is full of entries too, at
 * addresses that are 4 mod 8 as the pointer is: so [pointer + 8k] is another entry.
 */
export const TRAMPOLINE = Uint8Array.of(0xf4, 0xc3, 0xff, 0xff, 0, 0, 0, 0);

/** hlt. What all other memory is full of. */
export const HLT = 0xf4;

/** 0xffffc000, the page that the pointer leads into. */
const TRAMPOLINE_PAGE = 0xffff_c000;
const PHASE = 4;

/** Fills the page that an entry points into, in the slot at PageTableBase, with entries. */
export function writeTrampolinePage(slot: Uint8Array): void {
  const page = slot.subarray(TRAMPOLINE_PAGE - PageTableBase).subarray(0, PAGE_BYTES);
  for (let at = PHASE; at + TRAMPOLINE.length <= page.length; at += TRAMPOLINE.length) {
    page.set(TRAMPOLINE, at);
  }
}
