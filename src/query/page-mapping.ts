/** Where a linear address lies, and in which states it lies there. */
import {
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
} from '../trace/format/registers.js';
import { physicalBytes } from '../trace/read/physical.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { lastMemoryWrite, nextMemoryWrite, type PhysicalRange } from './last-writes.js';
import { VirtualMemory } from './virtual-memory.js';

const PAGING = [REGISTER_CR0, REGISTER_CR3, REGISTER_CR4, REGISTER_EFER];
/** What a walk reads of a paging structure at a time. */
const ENTRY_BYTES = 8;

/** States from `first` up to, not including, `end` in which an address lies at the same gpa. */
export interface PageMapping {
  readonly first: number;
  readonly end: number;
  /** Undefined where it is not mapped. */
  readonly gpa: number | undefined;
}

/** The states around a state in which nothing is written that the translation depends on. */
export function mappingAt(file: TraceFile, address: bigint, state: number): PageMapping {
  const { registers, memory } = file;
  const value = (id: number): bigint => registers.last(id, state)?.value ?? 0n;
  const entries: PhysicalRange[] = [];
  const virtual = new VirtualMemory(
    {
      ...{ cr0: value(REGISTER_CR0), cr3: value(REGISTER_CR3) },
      ...{ cr4: value(REGISTER_CR4), efer: value(REGISTER_EFER) },
    },
    (gpa, length) => {
      entries.push({ gpa, length: ENTRY_BYTES });
      return physicalBytes(memory, gpa, length, state) ?? new Uint8Array();
    },
  );
  const found = virtual.translate(address);
  // What a step writes holds from the state after it on.
  const before = [
    ...PAGING.map((id) => registers.last(id, state)?.step),
    ...entries.map((entry) => lastMemoryWrite(file, entry, state)?.step),
  ].map((step) => (step ?? -1) + 1);
  const after = [
    ...PAGING.map((id) => registers.next(id, state)?.step),
    ...entries.map((entry) => nextMemoryWrite(file, entry, state)?.step),
  ].map((step) => (step ?? Infinity) + 1);
  return {
    first: Math.max(...before),
    end: Math.min(...after),
    gpa: found.kind === 'mapped' ? found.gpa : undefined,
  };
}
