/** What the functions of two builds are called in reports: the same for both of a pair. */
import { displayName } from '../../../trace/read/demangle.js';
import type { Alignment } from '../alignment/alignment.js';
import type { CodeModel } from '../model/model.js';
import { sourceName } from '../model/symbol-names.js';

/** Names of the functions of either build. */
export interface DisplayNames {
  /** By function index. */
  readonly a: readonly string[];
  readonly b: readonly string[];
}

/** Names for reports; a function that was renamed has the name that it has in a. */
export function displayNames(
  { by, matches, onlyA, onlyB }: Alignment,
  modelA: CodeModel,
  modelB: CodeModel,
): DisplayNames {
  const a = modelA.functions.map(({ name }) => name);
  const b = modelB.functions.map(({ name }) => name);
  const taken = new Set(onlyA.map(({ name }) => name));
  const renamed = matches.filter((match) => match.a.symbol !== match.b.symbol);
  for (const match of matches) {
    if (match.a.symbol === match.b.symbol) taken.add(match.a.name);
    b[match.b.index] = match.a.name;
  }
  for (const match of renamed) {
    // `work.constprop.0` and `work` are both `work`, unless something else is.
    const name = by === 'symbols' ? sourceName(match.a.name) : match.a.name;
    const shown = taken.has(name) ? match.a.name : name;
    taken.add(shown);
    a[match.a.index] = b[match.b.index] = shown;
  }
  // Addresses for names mean nothing in the other build, and static functions may share a name.
  for (const { index, name } of onlyB) {
    b[index] = by === 'code' || taken.has(name) ? `${name} (b)` : name;
  }
  return { a: a.map(shownName), b: b.map(shownName) };
}

/** Demangled, where names are; what was added to tell functions of one name apart stays behind it. */
export function shownName(name: string): string {
  const [mark = ''] = /(?:#\d+)?(?: \(b\))?$/.exec(name) ?? [];
  return displayName(name.slice(0, name.length - mark.length)) + mark;
}
