import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { OracleTrace } from './trace.js';

export interface MemoryRun {
  readonly gpa: number;
  readonly data: Buffer;
}

const PAGE = 4096;

/** Joins pages that follow each other. */
export function contiguousRuns(pages: readonly MemoryRun[]): readonly MemoryRun[] {
  const runs: { gpa: number; parts: Buffer[]; end: number }[] = [];
  for (const { gpa, data } of pages) {
    const last = runs.at(-1);
    if (last?.end === gpa) {
      last.parts.push(data);
      last.end += data.length;
    } else {
      runs.push({ gpa, parts: [data], end: gpa + data.length });
    }
  }
  return runs.map(({ gpa, parts }) => ({ gpa, data: Buffer.concat(parts) }));
}

/** Writes the RAM of state 0 as a sparse file, as large as the RAM from gpa 0 on. */
export function writeRamFile(trace: OracleTrace, path: string): void {
  const { size } = ramSlot(trace);
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  for (const { gpa, data } of trace.initialMemory()) {
    if (gpa + data.length <= size) writeSync(file, data, 0, data.length, gpa);
  }
  closeSync(file);
}

export function ramSlot(trace: OracleTrace): { readonly gpa: number; readonly size: number } {
  const slot = trace.slots().find(({ gpa }) => gpa === 0);
  if (slot === undefined) throw new Error('the guest has no RAM at 0');
  return slot;
}

/**
 * Compares the RAM of the last state, which an oracle left in a file, with what the trace's initial
 * memory and its writes make of it. Returns the addresses of the first differences.
 */
export function compareFinalRam(trace: OracleTrace, path: string, limit = 10): string[] {
  const pages = finalPages(trace);
  const { size } = ramSlot(trace);
  const file = openSync(path, 'r');
  const actual = Buffer.alloc(PAGE);
  const zero = Buffer.alloc(PAGE);
  const differences: string[] = [];
  for (let gpa = 0; gpa < size && differences.length < limit; gpa += PAGE) {
    readSync(file, actual, 0, PAGE, gpa);
    const expected = pages.get(gpa / PAGE) ?? zero;
    if (actual.equals(expected)) continue;
    for (let i = 0; i < PAGE && differences.length < limit; i++) {
      if (actual[i] === expected[i]) continue;
      const at = (gpa + i).toString(16);
      differences.push(
        `gpa 0x${at}: trace ${expected[i]!.toString(16)}, oracle ${actual[i]!.toString(16)}`,
      );
    }
  }
  closeSync(file);
  return differences;
}

/** Pages of the last state that are or were not zero. */
function finalPages(trace: OracleTrace): Map<number, Buffer> {
  const pages = new Map<number, Buffer>();
  for (const { gpa, data } of trace.initialMemory()) {
    for (let at = 0; at < data.length; at += PAGE) {
      pages.set((gpa + at) / PAGE, Buffer.from(data.subarray(at, at + PAGE)));
    }
  }
  for (const [gpa, size, value] of trace.memoryWrites()) {
    for (let i = 0; i < Number(size); i++) {
      const at = Number(gpa) + i;
      const number = Math.floor(at / PAGE);
      let page = pages.get(number);
      if (page === undefined) pages.set(number, (page = Buffer.alloc(PAGE)));
      page[at % PAGE] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
  }
  return pages;
}
