/** Steps that do something to linear memory, wherever the page tables have it when they run. */
import { PAGE_BYTES } from '../base/page.js';
import {
  REGISTER_CR0,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
} from '../trace/format/registers.js';
import { physicalBytes } from '../trace/read/physical.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { lastMemoryWrite, nextMemoryWrite, type PhysicalRange } from './last-writes.js';
import { anyOf, type StepSearch } from './step-search.js';
import { VirtualMemory } from './virtual-memory.js';

const PAGING = [REGISTER_CR0, REGISTER_CR3, REGISTER_CR4, REGISTER_EFER];
/** What a walk reads of a paging structure at a time. */
const ENTRY_BYTES = 8;

/** States from `first` up to, not including, `end` in which a page lies at the same gpa. */
interface Stretch {
  readonly first: number;
  readonly end: number;
  /** Undefined where it is not mapped. */
  readonly gpa: number | undefined;
}

/**
 * @param searchOf the search for the steps that do it to physical memory
 */
export function searchLinear(
  file: TraceFile,
  gva: bigint,
  length: number,
  searchOf: (range: PhysicalRange) => StepSearch,
): StepSearch {
  const pages: StepSearch[] = [];
  for (let done = 0; done < length;) {
    const address = BigInt.asUintN(64, gva + BigInt(done));
    const inPage = Math.min(length - done, PAGE_BYTES - Number(address % BigInt(PAGE_BYTES)));
    pages.push(searchInPage(file, address, inPage, searchOf));
    done += inPage;
  }
  return anyOf(pages);
}

function searchInPage(
  file: TraceFile,
  address: bigint,
  length: number,
  searchOf: (range: PhysicalRange) => StepSearch,
): StepSearch {
  // Address spaces take turns: what was found in one is found again when it is back.
  const searches = new Map<number, StepSearch>();
  const at = (gpa: number): StepSearch => {
    let search = searches.get(gpa);
    if (search === undefined) searches.set(gpa, (search = remembering(searchOf({ gpa, length }))));
    return search;
  };
  return {
    next(from) {
      for (let state = from; state < file.stepCount;) {
        file.onWork?.();
        const { gpa, end } = stretchAt(file, address, state);
        const step = gpa === undefined ? undefined : at(gpa).next(state);
        if (step !== undefined && step < end) return step;
        state = end;
      }
      return undefined;
    },
    last(before) {
      for (let end = before; end > 0;) {
        file.onWork?.();
        const { gpa, first } = stretchAt(file, address, end - 1);
        const step = gpa === undefined ? undefined : at(gpa).last(end);
        if (step !== undefined && step >= first) return step;
        end = first;
      }
      return undefined;
    },
  };
}

/** Asks again only where the last answer does not say it. */
function remembering(search: StepSearch): StepSearch {
  let next: { from: number; step: number } | undefined;
  let last: { before: number; step: number } | undefined;
  return {
    next(from) {
      if (next === undefined || from < next.from || from > next.step) {
        next = { from, step: search.next(from) ?? Infinity };
      }
      return next.step === Infinity ? undefined : next.step;
    },
    last(before) {
      if (last === undefined || before > last.before || before <= last.step) {
        last = { before, step: search.last(before) ?? -1 };
      }
      return last.step < 0 ? undefined : last.step;
    },
  };
}

/** The states around a state in which nothing is written that the translation depends on. */
function stretchAt(file: TraceFile, address: bigint, state: number): Stretch {
  const { registers, memory } = file;
  const value = (id: number): bigint => registers.last(id, state)?.value ?? 0n;
  const entries: PhysicalRange[] = [];
  const virtual = new VirtualMemory(
    {
      ...{ cr0: value(REGISTER_CR0), cr3: value(REGISTER_CR3) },
      ...{ cr4: value(REGISTER_CR4), efer: value(REGISTER_EFER) },
    },
    (gpa, length) => {
      entries.push({ gpa, length: ENTRY_BYTES });
      return physicalBytes(memory, gpa, length, state) ?? new Uint8Array();
    },
  );
  const found = virtual.translate(address);
  // What a step writes holds from the state after it on.
  const before = [
    ...PAGING.map((id) => registers.last(id, state)?.step),
    ...entries.map((entry) => lastMemoryWrite(file, entry, state)?.step),
  ].map((step) => (step ?? -1) + 1);
  const after = [
    ...PAGING.map((id) => registers.next(id, state)?.step),
    ...entries.map((entry) => nextMemoryWrite(file, entry, state)?.step),
  ].map((step) => (step ?? Infinity) + 1);
  return {
    first: Math.max(...before),
    end: Math.min(...after),
    gpa: found.kind === 'mapped' ? found.gpa : undefined,
  };
}
