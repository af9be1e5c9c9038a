/** What the instructions of some steps read and wrote, changed or not, with the bytes. */
import { PAGE_BYTES } from '../base/page.js';
import { AccessWindow } from '../derive/access-window.js';
import type { DecodedCode } from '../derive/code.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { accessOf, inOrder, layoutOf, type MemoryAccess } from './accesses.js';
import type { PhysicalMemory } from './physical-memory.js';

/** An access and what it met and left: what was read is `before`, what was written is `after`. */
export interface StepAccess extends MemoryAccess {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Decodes the steps that are asked for, so that no index is needed. */
export class StepAccesses {
  readonly #file: TraceFile;
  readonly #memory: PhysicalMemory;
  readonly #codes: DecodedCode[] = [];

  constructor(file: TraceFile, memory: PhysicalMemory) {
    this.#file = file;
    this.#memory = memory;
  }

  /** The accesses of the steps from `from` up to, not including, `to`, in order. */
  between(from: number, to: number): StepAccess[] {
    const found = new AccessWindow(this.#file, from, to, this.#codes).rows.flatMap((row) => {
      const layout = layoutOf(row);
      return row.numbers.map((value) => accessOf(layout, value));
    });
    return joined(found.sort(inOrder)).map((access) => ({
      ...access,
      before: this.#memory.read(access.gpa, access.size, access.step),
      after: this.#memory.read(access.gpa, access.size, access.step + 1),
    }));
  }
}

/** What one operand did in neighbouring pages, as one access. */
function joined(accesses: readonly MemoryAccess[]): MemoryAccess[] {
  const all: MemoryAccess[] = [];
  for (const access of accesses) {
    const last = all.at(-1);
    if (last !== undefined && goesOn(last, access)) {
      all.splice(-1, 1, { ...last, size: last.size + access.size });
    } else {
      all.push(access);
    }
  }
  return all;
}

function goesOn(last: MemoryAccess, next: MemoryAccess): boolean {
  return (
    next.gpa % PAGE_BYTES === 0 &&
    last.gpa + last.size === next.gpa &&
    last.step === next.step &&
    last.reads === next.reads &&
    last.writes === next.writes &&
    last.silent === next.silent &&
    last.implied === next.implied
  );
}
