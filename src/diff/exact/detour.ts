/** After two executions went different ways and met again: what differs now. */
import type { Hop } from '../dataflow/differing.js';
import type { Pair, Side } from '../side.js';
import type { Lockstep } from './lockstep.js';
import type { Meeting } from './resync.js';

const PAGE = 4096;
/** Pages that are compared; of more, what differs is noticed when it is read. */
const MAX_PAGES = 2048;

/** Marks everything that the ways made different as coming from `hop`. */
export function markAfterDetour(
  pair: Pair,
  lockstep: Lockstep,
  from: Meeting,
  to: Meeting,
  hop: Hop,
): void {
  const { differing } = lockstep;
  const before = new Map(differing.registers);
  const flagsBefore = new Map(differing.flags);
  differing.registers.clear();
  differing.flags.clear();
  for (const id of lockstep.differingRegisters()) lockstep.mark(id, before.get(id) ?? hop);
  for (const [bit, old] of flagsBefore) if (differing.flags.has(bit)) differing.flags.set(bit, old);
  const pages = new Map<number, Set<number>>();
  collect(pair.a, from.stepA, to.stepA, pages);
  collect(pair.b, from.stepB, to.stepB, pages);
  for (const [page, bytes] of [...pages].slice(0, MAX_PAGES)) {
    const a = pair.a.memory.read(page * PAGE, PAGE, to.stepA);
    const b = pair.b.memory.read(page * PAGE, PAGE, to.stepB);
    for (const offset of bytes) {
      const gpa = page * PAGE + offset;
      if (a[offset] === b[offset]) differing.memory.delete(gpa);
      else if (!differing.memory.has(gpa)) differing.memory.set(gpa, hop);
    }
  }
}

/** The bytes that were written on the way, by page. */
function collect(side: Side, from: number, to: number, pages: Map<number, Set<number>>): void {
  for (let start = from; start < to; start += PAGE) {
    for (const { gpa, size } of side.file.memory.between(start, Math.min(to, start + PAGE))) {
      const page = Math.floor(gpa / PAGE);
      let bytes = pages.get(page);
      if (bytes === undefined) pages.set(page, (bytes = new Set<number>()));
      for (let i = 0; i < size; i++) bytes.add((gpa % PAGE) + i);
    }
  }
}
