/** The bytes that a step wrote in either trace, and where they differ afterwards. */
import type { PhysicalMemory } from '../../query/physical-memory.js';
import type { MemoryRow } from './effects.js';

/** A run of bytes that differs. */
export interface DifferingBytes {
  readonly gpa: number;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

/** The memory that a step wrote, by whether it differs afterwards. */
export interface WrittenMemory {
  /** Runs of contiguous bytes that either side wrote and that are equal after the step. */
  readonly equal: readonly { readonly gpa: number; readonly length: number }[];
  /** Runs of contiguous bytes that differ after the step. */
  readonly differing: readonly DifferingBytes[];
}

interface Origin {
  readonly memory: PhysicalMemory;
  /** The state after the step. */
  readonly state: number;
  readonly rows: readonly MemoryRow[];
}

const NOTHING: WrittenMemory = { equal: [], differing: [] };

/** Compares what both sides of a step wrote, byte by byte, whatever the sizes of the writes. */
export function compareWrittenMemory(a: Origin, b: Origin): WrittenMemory {
  if (a.rows.length === 0 && b.rows.length === 0) return NOTHING;
  const result = new Runs();
  if (sameShape(a.rows, b.rows)) {
    a.rows.forEach((x, i) => {
      const y = b.rows[i]!;
      for (let k = 0; k < x.size; k++) result.add(x.gpa + k, byteOf(x, k), byteOf(y, k));
    });
    return result.finish();
  }
  const bytesA = bytesOf(a.rows);
  const bytesB = bytesOf(b.rows);
  const written = [...new Set([...bytesA.keys(), ...bytesB.keys()])].sort((x, y) => x - y);
  for (const gpa of written) {
    // Only changes are recorded: a side without a row stored what was there before.
    result.add(gpa, bytesA.get(gpa) ?? byteAt(a, gpa), bytesB.get(gpa) ?? byteAt(b, gpa));
  }
  return result.finish();
}

/** Puts bytes, which come in order, together. */
class Runs implements WrittenMemory {
  readonly equal: { gpa: number; length: number }[] = [];
  readonly differing: DifferingBytes[] = [];
  #gpa = 0;
  readonly #a: number[] = [];
  readonly #b: number[] = [];

  add(gpa: number, a: number, b: number): void {
    if (a === b) {
      const last = this.equal.at(-1);
      if (last !== undefined && last.gpa + last.length === gpa) last.length++;
      else this.equal.push({ gpa, length: 1 });
      return;
    }
    if (this.#a.length > 0 && this.#gpa + this.#a.length !== gpa) this.finish();
    if (this.#a.length === 0) this.#gpa = gpa;
    this.#a.push(a);
    this.#b.push(b);
  }

  finish(): this {
    if (this.#a.length > 0) {
      const [a, b] = [Uint8Array.from(this.#a), Uint8Array.from(this.#b)];
      this.differing.push({ gpa: this.#gpa, a, b });
    }
    this.#a.length = this.#b.length = 0;
    return this;
  }
}

/** The usual case: both wrote to the same places. */
function sameShape(a: readonly MemoryRow[], b: readonly MemoryRow[]): boolean {
  return (
    a.length === b.length &&
    a.every((x, i) => x.gpa === b[i]!.gpa && x.size === b[i]!.size) &&
    a.every((x, i) => i === 0 || x.gpa >= a[i - 1]!.gpa + a[i - 1]!.size)
  );
}

function byteOf({ low, high }: MemoryRow, i: number): number {
  return (i < 4 ? low >>> (8 * i) : high >>> (8 * (i - 4))) & 0xff;
}

function byteAt({ memory, state }: Origin, gpa: number): number {
  return memory.read(gpa, 1, state)[0] ?? 0;
}

function bytesOf(rows: readonly MemoryRow[]): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const row of rows) {
    for (let i = 0; i < row.size; i++) bytes.set(row.gpa + i, byteOf(row, i));
  }
  return bytes;
}
