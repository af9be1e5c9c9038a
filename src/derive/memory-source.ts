import { PAGE_SIZE, type MemoryWrite } from '../trace/reader/memory.js';
import type { TraceFile } from '../trace/reader/trace-file.js';
import type { MemorySource } from './translation.js';

/** Pages and rows of a trace, for who translates addresses along a pass. */
export function memorySource(file: TraceFile): MemorySource {
  const { slots } = file.memory;
  return {
    page(page, state) {
      const gpa = page * PAGE_SIZE;
      const held = slots.some((slot) => gpa >= slot.gpa && gpa < slot.gpa + slot.size);
      if (!held) return undefined;
      const bytes = Buffer.alloc(PAGE_SIZE);
      const initial = file.memory.initialPage(page);
      if (initial !== undefined) bytes.set(initial);
      const rows = file.memory.newest(gpa, gpa + PAGE_SIZE, state);
      // Rows of one step agree where they overlap.
      for (const row of rows.toSorted((a, b) => a.step - b.step)) apply(bytes, gpa, row);
      return bytes;
    },
    value: (gpa, size, step) => file.memory.valueAt(gpa, size, step),
  };
}

function apply(bytes: Buffer, start: number, { gpa, size, value }: MemoryWrite): void {
  const end = Math.min(gpa + size, start + PAGE_SIZE);
  for (let at = gpa; at < end; at++) {
    bytes[at - start] = Number((value >> BigInt(8 * (at - gpa))) & 0xffn);
  }
}
