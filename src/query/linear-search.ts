/** Steps that do something to linear memory, wherever the page tables have it when they run. */
import { PAGE_BYTES } from '../base/page.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { PhysicalRange } from './last-writes.js';
import { mappingAt } from './page-mapping.js';
import { anyOf, type StepSearch } from './step-search.js';

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
        const { gpa, end } = mappingAt(file, address, state);
        const step = gpa === undefined ? undefined : at(gpa).next(state);
        if (step !== undefined && step < end) return step;
        state = end;
      }
      return undefined;
    },
    last(before) {
      for (let end = before; end > 0;) {
        file.onWork?.();
        const { gpa, first } = mappingAt(file, address, end - 1);
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
