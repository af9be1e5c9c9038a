/** What to run to: conditions on the states of a trace, and on the steps between them. */
import { inputError } from '../base/errors.js';
import type { PhysicalRange } from './last-writes.js';
import { accessesOf, changesOfMemory, executionsOf } from './searches.js';
import type { StepSearch } from './step-search.js';
import type { Trace } from './trace.js';

/** Linear memory goes through the page tables of each step, physical memory through none. */
export type MemoryRange = { readonly gva: bigint; readonly length: number } | PhysicalRange;

/**
 * Where a run stops.
 *
 * - `execute`: in front of the instruction at a linear address or symbol;
 * - `step`: at a state by its number;
 * - `interruption`: in front of the first instruction of a handler, of any vector or of one;
 * - `change`: a step changes a byte of memory; `write`: writes one, changed or not; `read`: reads
 *   one; `access`: does either;
 * - `register`: a step changes a register, a part of one or a flag (`rax`, `al`, `zf`).
 *
 * A run forwards stops in the state after a step that does something, a run backwards in the state
 * before it, where it is undone.
 */
export type Condition =
  | { readonly kind: 'execute'; readonly place: bigint | string }
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'interruption'; readonly vector?: number | undefined }
  | {
      readonly kind: 'change' | 'write' | 'read' | 'access';
      readonly memory: MemoryRange;
    }
  | { readonly kind: 'register'; readonly name: string };

/** A condition with the search that finds it. */
export interface ConditionSearch {
  /** Whether it finds steps, which lie between two states, rather than states. */
  readonly ofSteps: boolean;
  readonly search: StepSearch;
}

/** @throws KvmtraceError (exit code 2) for what the trace does not have or record */
export function searchOf(trace: Trace, condition: Condition): ConditionSearch {
  switch (condition.kind) {
    case 'execute':
      return { ofSteps: false, search: executionsOf(trace, condition.place) };
    case 'step':
      return { ofSteps: false, search: onlyState(condition.step) };
    case 'interruption':
      return { ofSteps: false, search: trace.interruptionSearch(condition.vector) };
    case 'register':
      return { ofSteps: true, search: trace.registerChanges(condition.name) };
    case 'change':
      return inMemory(trace, condition.memory, (range) => changesOfMemory(trace, range));
    case 'write':
      return inMemory(trace, condition.memory, (range) => accessesOf(trace, range, WRITES));
    case 'read':
      return inMemory(trace, condition.memory, (range) => accessesOf(trace, range, READS));
    case 'access':
      return inMemory(trace, condition.memory, (range) => accessesOf(trace, range));
  }
}

const READS = { reads: true };
const WRITES = { writes: true };

function inMemory(
  trace: Trace,
  memory: MemoryRange,
  of: (range: PhysicalRange) => StepSearch,
): ConditionSearch {
  const search = 'gva' in memory ? trace.searchLinear(memory.gva, memory.length, of) : of(memory);
  return { ofSteps: true, search };
}

function onlyState(step: number): StepSearch {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw inputError(`${step} is no state: states are non-negative integers.`);
  }
  return {
    next: (from) => (from <= step ? step : undefined),
    last: (before) => (step < before ? step : undefined),
  };
}
