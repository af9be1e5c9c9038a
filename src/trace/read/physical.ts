/** Physical memory at a state, from what was there first and the rows of changes. */
import { PAGE_BYTES } from '../../base/page.js';
import { MAX_WRITE_SIZE, type MemoryReader, type MemoryWrite } from './memory.js';

/** Bytes within one page at a state; undefined where there is no memory. A copy. */
export function physicalBytes(
  memory: MemoryReader,
  gpa: number,
  length: number,
  state: number,
): Uint8Array | undefined {
  const page = Math.floor(gpa / PAGE_BYTES);
  const start = page * PAGE_BYTES;
  if (gpa + length > start + PAGE_BYTES) return undefined;
  if (!memory.slots.some((slot) => gpa >= slot.gpa && gpa < slot.gpa + slot.size)) return undefined;
  const bytes = Buffer.alloc(length);
  const initial = memory.initialPage(page);
  if (initial !== undefined) bytes.set(initial.subarray(gpa - start, gpa - start + length));
  const first = Math.max(start, gpa - MAX_WRITE_SIZE + 1);
  const rows = memory.newest(first, gpa + length, state, gpa);
  // Rows of one step agree where they overlap.
  for (const row of rows.toSorted((a, b) => a.step - b.step)) apply(bytes, gpa, row);
  return bytes;
}

function apply(bytes: Buffer, start: number, { gpa, size, value }: MemoryWrite): void {
  const end = Math.min(gpa + size, start + bytes.length);
  for (let at = Math.max(gpa, start); at < end; at++) {
    bytes[at - start] = Number((value >> BigInt(8 * (at - gpa))) & 0xffn);
  }
}
