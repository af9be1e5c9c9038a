import { MAX_WRITE_SIZE, PAGE_SIZE, type MemoryWrite } from '../trace/reader/memory.js';
import type { TraceFile } from '../trace/reader/trace-file.js';
import { REGISTER_RFLAGS } from '../trace/registers.js';
import { FLAG_BITS } from '../x86/flag-bits.js';
import type { MemorySource } from './translation.js';

/** Pages and rows of a trace, for who translates addresses along a pass. */
export function memorySource(file: TraceFile): MemorySource {
  const { slots } = file.memory;
  const read = (gpa: number, length: number, state: number): Uint8Array | undefined => {
    const page = Math.floor(gpa / PAGE_SIZE);
    const start = page * PAGE_SIZE;
    if (gpa + length > start + PAGE_SIZE) return undefined;
    if (!slots.some((slot) => gpa >= slot.gpa && gpa < slot.gpa + slot.size)) return undefined;
    const bytes = Buffer.alloc(length);
    const initial = file.memory.initialPage(page);
    if (initial !== undefined) bytes.set(initial.subarray(gpa - start, gpa - start + length));
    const first = Math.max(start, gpa - MAX_WRITE_SIZE + 1);
    const rows = file.memory.newest(first, gpa + length, state, gpa);
    // Rows of one step agree where they overlap.
    for (const row of rows.toSorted((a, b) => a.step - b.step)) apply(bytes, gpa, row);
    return bytes;
  };
  return {
    read,
    page: (page, state) => read(page * PAGE_SIZE, PAGE_SIZE, state),
    value: (gpa, size, step) => file.memory.valueAt(gpa, size, step),
    directionFlag: (state) => {
      const rflags = file.registers.last(REGISTER_RFLAGS, state)?.value ?? 0n;
      return (rflags & BigInt(FLAG_BITS.df)) !== 0n;
    },
  };
}

function apply(bytes: Buffer, start: number, { gpa, size, value }: MemoryWrite): void {
  const end = Math.min(gpa + size, start + bytes.length);
  for (let at = Math.max(gpa, start); at < end; at++) {
    bytes[at - start] = Number((value >> BigInt(8 * (at - gpa))) & 0xffn);
  }
}
