/** Guest memory that follows the execution along: what has been looked at, kept up to date. */
import { PAGE_BYTES } from '../base/page.js';
import type { MemorySource } from '../derive/translation.js';
import type { Trace } from '../query/trace.js';
import type { StepBatch } from '../trace/read/step-batches.js';

/** Pages kept: 64 MiB. Others are read from the trace again when they are needed. */
const MAX_PAGES = 16_384;
const DIRECTION_FLAG = 1n << 10n;

/** Physical memory at a state, which moves on with `apply`. */
export class RunningMemory implements MemorySource {
  readonly #trace: Trace;
  #state: number;
  /** Pages by number; undefined where there is no memory. */
  readonly #pages = new Map<number, Uint8Array | undefined>();

  /** @param state the state to begin at */
  constructor(trace: Trace, state: number) {
    this.#trace = trace;
    this.#state = state;
  }

  /** Goes on to the state after the i-th step of a batch, the step of the current state. */
  apply({ first, memory }: StepBatch, i: number): void {
    const { start, gpa, size, value } = memory;
    for (let row = start[i]!; row < start[i + 1]!; row++) {
      const page = this.#pages.get(Math.floor(gpa[row]! / PAGE_BYTES));
      if (page === undefined) continue;
      const offset = gpa[row]! % PAGE_BYTES;
      let rest = value[row]!;
      // No recorder writes a row across pages; of one that does the rest is left out.
      for (let at = offset; at < offset + size[row]! && at < PAGE_BYTES; at++) {
        page[at] = Number(rest & 0xffn);
        rest >>= 8n;
      }
    }
    this.#state = first + i + 1;
  }

  /** Bytes within a page at the current state, a copy; undefined where there is no memory. */
  read(gpa: number, length: number): Uint8Array | undefined {
    const offset = gpa % PAGE_BYTES;
    return this.#page((gpa - offset) / PAGE_BYTES)?.slice(offset, offset + length);
  }

  page(page: number): Uint8Array | undefined {
    return this.#page(page)?.slice();
  }

  value(gpa: number, size: number): bigint {
    const bytes = this.read(gpa, size) ?? new Uint8Array(size);
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  directionFlag(state: number): boolean {
    const flags = this.#trace.state(state).register('rflags') ?? 0n;
    return (flags & DIRECTION_FLAG) !== 0n;
  }

  #page(number: number): Uint8Array | undefined {
    if (this.#pages.has(number)) return this.#pages.get(number);
    if (this.#pages.size >= MAX_PAGES) this.#pages.clear();
    const state = this.#trace.state(this.#state);
    const { bytes } = state.readPhysical(number * PAGE_BYTES, PAGE_BYTES);
    const page = bytes.length === PAGE_BYTES ? bytes : undefined;
    this.#pages.set(number, page);
    return page;
  }
}
