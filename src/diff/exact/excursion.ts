/** After two executions went different ways and met again: what differs now. */
import { PAGE_BYTES } from '../../base/page.js';
import type { TaintEdge } from '../dataflow/taint-edges.js';
import type { Pair, Side } from '../side.js';
import type { Lockstep } from './lockstep.js';
import type { ResyncPoint } from './resync.js';

/** Pages that are compared; what differs in more is taken to come from the excursion. */
const MAX_PAGES = 2048;
/** Steps whose writes are read at a time. */
const BATCH_STEPS = 4096;

/** The bytes that were written on the way. */
class Written {
  /** A byte of 1 for each byte of a page. */
  readonly pages = new Map<number, Uint8Array>();
  /** More pages were written than are kept. */
  tooMany = false;

  add(side: Side, from: number, to: number): void {
    for (let start = from; start < to; start += BATCH_STEPS) {
      for (const { gpa, size } of side.file.memory.between(
        start,
        Math.min(to, start + BATCH_STEPS),
      ))
        for (let i = 0; i < size; i++) this.#mark(gpa + i);
    }
  }

  #mark(gpa: number): void {
    const page = Math.floor(gpa / PAGE_BYTES);
    let bytes = this.pages.get(page);
    if (bytes === undefined) {
      if (this.pages.size >= MAX_PAGES) {
        this.tooMany = true;
        return;
      }
      this.pages.set(page, (bytes = new Uint8Array(PAGE_BYTES)));
    }
    bytes[gpa % PAGE_BYTES] = 1;
  }
}

/** Marks everything that the ways made different as coming from `edge`. */
export function markAfterExcursion(
  pair: Pair,
  lockstep: Lockstep,
  from: ResyncPoint,
  to: ResyncPoint,
  edge: TaintEdge,
): void {
  const { differing } = lockstep;
  const { registers, flags, memory } = differing;
  const before = new Map(registers);
  const flagsBefore = new Map(flags);
  registers.clear();
  flags.clear();
  for (const id of lockstep.registers.differing()) lockstep.mark(id, before.get(id) ?? edge);
  for (const [bit, old] of flagsBefore) if (flags.has(bit)) flags.set(bit, old);
  const written = new Written();
  written.add(pair.a, from.stepA, to.stepA);
  written.add(pair.b, from.stepB, to.stepB);
  if (written.tooMany) memory.beyond ??= edge;
  for (const [page, bytes] of written.pages) {
    const first = bytes.indexOf(1);
    const length = bytes.lastIndexOf(1) + 1 - first;
    const start = page * PAGE_BYTES + first;
    const a = pair.a.memory.read(start, length, to.stepA);
    const b = pair.b.memory.read(start, length, to.stepB);
    for (let offset = 0; offset < length; offset++) {
      if (bytes[first + offset] === 0) continue;
      const gpa = start + offset;
      if (a[offset] === b[offset]) memory.delete(gpa);
      else if (!memory.has(gpa)) memory.set(gpa, edge);
    }
  }
}
