/**
 * PAE paging outside of long mode has four entries at the top, which a processor loads with CR3 and never
 * marks as accessed (SDM vol. 3, 4.4.1). QEMU walks through them and marks them (mmu_translate in
 * target/i386/tcg/sysemu/excp_helper.c, 7.2).
 */
import { PAGE_BYTES } from '../base/page.js';
import { CR0_PG, CR4_PAE, EFER_LMA } from '../x86/control-bits.js';
import { CR0, CR3, CR4, EFER } from '../machine/register-words.js';
import type { DirtyPages } from '../machine/dirty-pages.js';
import type { Shadow } from '../machine/shadow.js';

const TABLE_BYTES = 32;
const ENTRY_BYTES = 8;
const ACCESSED = 0x20;

/** Takes the marks away that have come since the shadow was right; stores of the guest's stay. */
export function unmarkPointerTable(words: Int32Array, dirty: DirtyPages, shadow: Shadow): void {
  if ((words[CR4]! & CR4_PAE) === 0 || (words[EFER]! & EFER_LMA) !== 0) return;
  if ((words[CR0]! & CR0_PG) === 0) return;
  const table = (words[CR3]! & ~(TABLE_BYTES - 1)) >>> 0;
  for (let i = 0; i < dirty.count; i++) {
    if (dirty.gpaPage(i) !== Math.floor(table / PAGE_BYTES)) continue;
    const { gpa, bytes, shadowBytes } = shadow.slots[dirty.slotOf[i]!]!;
    for (let at = table - gpa; at < table - gpa + TABLE_BYTES; at += ENTRY_BYTES) {
      if ((bytes[at]! ^ shadowBytes[at]!) === ACCESSED) bytes[at]! &= ~ACCESSED;
    }
  }
}
