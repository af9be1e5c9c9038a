/** Steps that run code or touch memory, each found through an index. */
import type { AccessFilter } from './access-units.js';
import type { PhysicalRange } from './last-writes.js';
import { executed, type StepSearch } from './step-search.js';
import type { Trace } from './trace.js';

/** Steps that execute a linear address, or a symbol's first instruction. */
export function executionsOf(trace: Trace, place: bigint | string): StepSearch {
  return {
    next: (from) => trace.nextExecution(place, from),
    last: (before) => trace.lastExecution(place, before),
  };
}

/** Steps that change a byte of memory. */
export function changesOfMemory(trace: Trace, range: PhysicalRange): StepSearch {
  return {
    next: (from) => trace.nextMemoryWrite(range, from)?.step,
    last: (before) => executed(trace.lastMemoryWrite(range, before)?.step),
  };
}

/** Steps that access a byte of memory: reads, and writes whether or not they change it. */
export function accessesOf(trace: Trace, range: PhysicalRange, filter?: AccessFilter): StepSearch {
  return {
    next: (from) => trace.nextAccess(range, from, filter)?.step,
    last: (before) => trace.lastAccess(range, before, filter)?.step,
  };
}
