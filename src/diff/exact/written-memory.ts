/** The bytes that a step wrote in either trace, and where they differ afterwards. */
import type { PhysicalMemory } from '../../replay/physical-memory.js';
import type { MemoryRow } from './effects.js';

export interface DifferingBytes {
  readonly gpa: number;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

export interface WrittenMemory {
  /** Every byte that either side wrote. */
  readonly written: readonly number[];
  /** Runs of contiguous bytes that differ after the step. */
  readonly differing: readonly DifferingBytes[];
}

interface Origin {
  readonly memory: PhysicalMemory;
  /** The state after the step. */
  readonly state: number;
  readonly rows: readonly MemoryRow[];
}

export function compareWrittenMemory(a: Origin, b: Origin): WrittenMemory {
  if (a.rows.length === 0 && b.rows.length === 0) return { written: [], differing: [] };
  const bytesA = bytesOf(a.rows);
  const bytesB = bytesOf(b.rows);
  const written = [...new Set([...bytesA.keys(), ...bytesB.keys()])].sort((x, y) => x - y);
  const differing: DifferingBytes[] = [];
  let run: { gpa: number; a: number[]; b: number[] } | undefined;
  const flush = (): void => {
    if (run !== undefined) {
      differing.push({ gpa: run.gpa, a: Uint8Array.from(run.a), b: Uint8Array.from(run.b) });
    }
    run = undefined;
  };
  for (const gpa of written) {
    // Only changes are recorded: a side without a row stored what was there before.
    const byteA = bytesA.get(gpa) ?? byteAt(a, gpa);
    const byteB = bytesB.get(gpa) ?? byteAt(b, gpa);
    if (byteA === byteB) continue;
    if (run !== undefined && run.gpa + run.a.length !== gpa) flush();
    run ??= { gpa, a: [], b: [] };
    run.a.push(byteA);
    run.b.push(byteB);
  }
  flush();
  return { written, differing };
}

function byteAt({ memory, state }: Origin, gpa: number): number {
  return memory.read(gpa, 1, state)[0] ?? 0;
}

function bytesOf(rows: readonly MemoryRow[]): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const { gpa, size, low, high } of rows) {
    for (let i = 0; i < size; i++) {
      bytes.set(gpa + i, (i < 4 ? low >>> (8 * i) : high >>> (8 * (i - 4))) & 0xff);
    }
  }
  return bytes;
}
