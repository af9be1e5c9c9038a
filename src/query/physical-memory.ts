import { PAGE_BYTES } from '../base/page.js';
import { MAX_WRITE_SIZE, type MemoryWrite } from '../trace/read/memory.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** Step that stands for "not written": older than the initial state, -1. */
const NEVER = -2;

/** Guest-physical memory at any state: the initial pages with the newest writes laid over them. */
export class PhysicalMemory {
  readonly #file: TraceFile;

  constructor(file: TraceFile) {
    this.#file = file;
  }

  /**
   * The bytes at `gpa` in state `state`, up to `length` of them: fewer, where memory ends before.
   * Costs an index descent or two per distinct address that was ever written in the range.
   */
  read(gpa: number, length: number, state: number): Uint8Array {
    const bytes = new Uint8Array(this.#lengthCovered(gpa, length));
    for (let done = 0; done < bytes.length;) {
      const at = gpa + done;
      const end = Math.min(bytes.length, done + PAGE_BYTES - (at % PAGE_BYTES));
      this.#readInPage(at, bytes.subarray(done, end), state);
      done = end;
    }
    return bytes;
  }

  /** How many of the `length` bytes from `gpa` on lie in memory. */
  #lengthCovered(gpa: number, length: number): number {
    let end = gpa;
    for (const slot of this.#file.memory.slots) {
      if (slot.gpa > end) break;
      end = Math.max(end, slot.gpa + slot.size);
    }
    return Math.min(length, end - gpa);
  }

  /** Fills `bytes`, which do not cross a page. */
  #readInPage(gpa: number, bytes: Uint8Array, state: number): void {
    const pageStart = gpa - (gpa % PAGE_BYTES);
    const initial = this.#file.memory.initialPage(pageStart / PAGE_BYTES);
    if (initial !== undefined) {
      bytes.set(initial.subarray(gpa - pageStart, gpa - pageStart + bytes.length));
    }
    // No row crosses a page, so those that reach into the range start in this page, too.
    const low = Math.max(pageStart, gpa - (MAX_WRITE_SIZE - 1));
    const rows = this.#file.memory.newest(low, gpa + bytes.length, state, gpa);
    const overlay = new Overlay(gpa, bytes);
    for (const row of rows) overlay.apply(row);
  }
}

/** Bytes, each with the step that wrote it; a row counts where it is newer. */
class Overlay {
  readonly #gpa: number;
  readonly #bytes: Uint8Array;
  readonly #steps: Float64Array;
  readonly #value = new Uint8Array(MAX_WRITE_SIZE);
  readonly #valueView = new DataView(this.#value.buffer);

  constructor(gpa: number, bytes: Uint8Array) {
    this.#gpa = gpa;
    this.#bytes = bytes;
    this.#steps = new Float64Array(bytes.length).fill(NEVER);
  }

  apply({ gpa, step, size, value }: MemoryWrite): void {
    this.#valueView.setBigInt64(0, value, true);
    const start = gpa - this.#gpa;
    const end = Math.min(start + size, this.#bytes.length);
    for (let i = Math.max(0, start); i < end; i++) {
      if (this.#steps[i]! >= step) continue;
      this.#steps[i] = step;
      this.#bytes[i] = this.#value[i - start]!;
    }
  }
}
