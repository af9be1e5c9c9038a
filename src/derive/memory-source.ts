import { PAGE_BYTES } from '../base/page.js';
import { physicalBytes } from '../trace/read/physical.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { REGISTER_RFLAGS } from '../trace/format/registers.js';
import { FLAG_BITS } from '../x86/flag-bits.js';
import type { MemorySource } from './translation.js';

/** Pages and rows of a trace, from which addresses are translated along a pass. */
export function memorySource(file: TraceFile): MemorySource {
  const read = (gpa: number, length: number, state: number): Uint8Array | undefined =>
    physicalBytes(file.memory, gpa, length, state);
  return {
    read,
    page: (page, state) => read(page * PAGE_BYTES, PAGE_BYTES, state),
    value: (gpa, size, step) => file.memory.valueAt(gpa, size, step),
    directionFlag: (state) => {
      const rflags = file.registers.last(REGISTER_RFLAGS, state)?.value ?? 0n;
      return (rflags & BigInt(FLAG_BITS.df)) !== 0n;
    },
  };
}
