/** `--runs`, `--writes`, `--accesses`: which steps are wanted. */
import { inputError } from '../../base/errors.js';
import type { PhysicalRange } from '../../query/last-writes.js';
import type { StepSearch } from '../../query/step-search.js';
import type { Trace } from '../../query/trace.js';
import { printable } from '../../base/printable.js';
import { hex } from '../../base/number-text.js';
import { noteMissingIndex } from '../terminal/index-note.js';
import { single } from './numbers.js';
import { isMemoryPlace, parseCodePlace, parseMemoryPlace } from '../../query/places/place.js';

/** A place that is a number says itself where it is. */
const NUMBER_PLACE = /\[(?:0x[0-9a-f]+|\d+)\]/i;

/** The three options as they were given. */
export interface SearchArguments {
  readonly runs: string | undefined;
  readonly writes: string | undefined;
  readonly accesses: string | undefined;
}

/** Memory that an option named: by an address, or by what a register or symbol stands for. */
export interface SearchedMemory {
  readonly option: string;
  /** As it was given. */
  readonly text: string;
  readonly physical: boolean;
  /** Of physical memory a gpa, else linear. */
  readonly address: bigint;
  /** In bytes. */
  readonly length: number;
}

/** The search that they ask for, and the memory that it names. */
export interface Search {
  readonly search: StepSearch;
  readonly memory: readonly SearchedMemory[];
}

/**
 * A search for the steps that do any of what is asked for; undefined if nothing is.
 *
 * @param at the state whose registers addresses go by; page tables are those of each step
 */
export async function parseSearch(
  args: SearchArguments,
  trace: Trace,
  at: number,
): Promise<Search | undefined> {
  const { runs, writes, accesses } = args;
  if (runs === undefined && writes === undefined && accesses === undefined) return undefined;
  const [search, { anyOf }] = await Promise.all([
    import('../../query/searches.js'),
    import('../../query/step-search.js'),
  ]);
  const state = trace.state(at);
  const memory: SearchedMemory[] = [];
  const inMemory = (
    text: string,
    option: string,
    searchOf: (range: PhysicalRange) => StepSearch,
  ): StepSearch => {
    const place = parseMemoryPlace(text, option, trace, state);
    const physical = 'gpa' in place;
    const address = physical ? BigInt(place.gpa) : place.gva;
    memory.push({ option, text, physical, address, length: place.length });
    return physical ? searchOf(place) : trace.searchLinear(place.gva, place.length, searchOf);
  };
  const searches: StepSearch[] = [];
  if (runs !== undefined) {
    const text = single(runs, '--runs');
    const address = parseCodePlace(text, trace);
    if (address === undefined) {
      throw inputError(
        `--runs ${text}${trace.suggestionFor(text)}: give an address or a symbol of this trace, as in 0x1000, main or main+0x10.`,
      );
    }
    searches.push(search.executionsOf(trace, address));
  }
  if (writes !== undefined) {
    const text = single(writes, '--writes');
    if (text === 'rip')
      throw inputError('--writes rip: every step does, so name a place with --runs.');
    if (isMemoryPlace(text)) {
      searches.push(inMemory(text, '--writes', (range) => search.changesOfMemory(trace, range)));
    } else {
      searches.push(trace.registerChanges(text));
    }
  }
  if (accesses !== undefined) {
    noteMissingIndex(trace);
    const text = single(accesses, '--accesses');
    searches.push(inMemory(text, '--accesses', (range) => search.accessesOf(trace, range)));
  }
  return { search: anyOf(searches), memory };
}

/** Tells stderr which address a register or symbol stood for. */
export function noteSearched({ memory }: Search, state: number): void {
  for (const { option, text, physical, address, length } of memory) {
    const found = `${physical ? 'phys:' : ''}[${hex(address)}]:${length}`;
    if (NUMBER_PLACE.test(text)) continue;
    process.stderr.write(
      `kvmtrace: ${option} ${printable(text)} is ${found}, as of state ${state}.\n`,
    );
  }
}
