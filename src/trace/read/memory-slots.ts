import { PAGE_BYTES } from '../../base/page.js';
import type { Connection } from './connection.js';
import { flag, natural, text, within, WrongValueError, type Row } from './values.js';

/** A range of guest-physical memory. */
export interface MemorySlot {
  readonly slot: number;
  readonly gpa: number;
  /** In bytes. */
  readonly size: number;
  readonly readonly: boolean;
  readonly purpose: string;
}

/** The last byte that 52 bits, the most that x86 has of physical address, can reach. */
export const MAX_GPA = 2 ** 52 - 1;
/** What a recorder maps at once. */
const MAX_SLOT_BYTES = 2 ** 32;

/** The slots, by gpa: whole pages that do not overlap. */
export function readSlots(connection: Connection): MemorySlot[] {
  const slots = connection
    .query(
      'memory_slot',
      'SELECT slot, gpa, size, readonly, purpose FROM memory_slot ORDER BY gpa',
      decodeSlot,
    )
    .all();
  connection.guard('memory_slot', () => {
    for (const [i, { gpa, size }] of slots.entries()) {
      const next = slots[i + 1];
      if (next !== undefined && next.gpa < gpa + size) {
        throw new WrongValueError('a slot beyond the one before it', BigInt(next.gpa));
      }
    }
  });
  return slots;
}

function decodeSlot(row: Row): MemorySlot {
  const gpa = pages(row, 1, 0, MAX_GPA, 'the address of a page');
  return {
    slot: natural(row, 0),
    gpa,
    size: pages(
      row,
      2,
      PAGE_BYTES,
      MAX_SLOT_BYTES,
      'a number of bytes of whole pages, up to 4 GiB',
    ),
    readonly: flag(row, 3),
    purpose: text(row, 4),
  };
}

function pages(row: Row, column: number, min: number, max: number, what: string): number {
  const value = within(row, column, min, max, what);
  if (value % PAGE_BYTES !== 0) throw new WrongValueError(what, row[column]);
  return value;
}
