/** `--runs`, `--writes`, `--accesses`: which steps are wanted. */
import { inputError } from '../errors.js';
import type { StepSearch } from '../replay/step-search.js';
import type { Trace } from '../replay/trace.js';
import { noteMissingIndex } from './index-note.js';
import { single } from './numbers.js';
import { isMemoryPlace, parseCodePlace, parseMemoryPlace } from './place-argument.js';

export interface SearchArguments {
  readonly runs: string | undefined;
  readonly writes: string | undefined;
  readonly accesses: string | undefined;
}

/**
 * A search for the steps that do any of what is asked for; undefined if nothing is.
 *
 * @param at the state whose registers and page tables addresses go by
 */
export async function parseSearch(
  args: SearchArguments,
  trace: Trace,
  at: number,
): Promise<StepSearch | undefined> {
  const { runs, writes, accesses } = args;
  if (runs === undefined && writes === undefined && accesses === undefined) return undefined;
  const search = await import('../replay/step-search.js');
  const state = trace.state(at);
  const ranges = (text: string, option: string) => {
    const place = parseMemoryPlace(text, option, trace, state);
    return 'gpa' in place ? [place] : state.physicalRanges(place.gva, place.length);
  };
  const searches: StepSearch[] = [];
  if (runs !== undefined) {
    const address = parseCodePlace(single(runs, '--runs'), trace);
    if (address === undefined) {
      throw inputError(
        `--runs ${runs}: give an address or a symbol of this trace, as in 0x1000, main or main+0x10.`,
      );
    }
    searches.push(search.executionsOf(trace, address));
  }
  if (writes !== undefined) {
    const text = single(writes, '--writes');
    if (text === 'rip')
      throw inputError('--writes rip: every step does, so name a place with --runs.');
    if (isMemoryPlace(text)) {
      for (const range of ranges(text, '--writes'))
        searches.push(search.changesOfMemory(trace, range));
    } else {
      searches.push(trace.registerChanges(text));
    }
  }
  if (accesses !== undefined) {
    noteMissingIndex(trace);
    for (const range of ranges(single(accesses, '--accesses'), '--accesses')) {
      searches.push(search.accessesOf(trace, range));
    }
  }
  return search.anyOf(searches);
}
