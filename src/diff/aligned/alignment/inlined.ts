/** Functions that one build alone has: in the other they may be part of what called them. */
import type { ModelFunction } from '../model/model.js';
import type { Profile } from '../model/profile.js';

/** Functions that one function can be made of. */
const MAX_PARTS = 64;

/**
 * By function index: those functions, all of one build, that nothing but this one calls, or others
 * of the same list. They are no functions of their own in the other build.
 */
export function onlyCalledFrom(
  alone: readonly ModelFunction[],
  { edges }: Profile,
): ReadonlyMap<number, readonly ModelFunction[]> {
  const callers = new Map<number, Set<number>>();
  for (const [caller, row] of edges) {
    for (const callee of row.keys()) {
      const known = callers.get(callee);
      if (known === undefined) callers.set(callee, new Set([caller]));
      else known.add(caller);
    }
  }
  const isAlone = new Map(alone.map((each) => [each.index, each]));
  const found = new Map<number, ModelFunction[]>();
  for (const each of alone) {
    const owner = ownerOf(each.index, callers, isAlone);
    if (owner === undefined) continue;
    const parts = found.get(owner);
    if (parts === undefined) found.set(owner, [each]);
    else if (parts.length < MAX_PARTS) parts.push(each);
  }
  return found;
}

/** The first function up the calls that both builds have, if there is but one way up. */
function ownerOf(
  index: number,
  callers: ReadonlyMap<number, ReadonlySet<number>>,
  alone: ReadonlyMap<number, ModelFunction>,
): number | undefined {
  let at = index;
  for (let up = 0; up < MAX_PARTS; up++) {
    // A function that calls itself is called from elsewhere too.
    const [caller, ...others] = [...(callers.get(at) ?? [])].filter((each) => each !== at);
    if (caller === undefined || caller < 0 || others.length > 0) return undefined;
    if (!alone.has(caller)) return caller;
    at = caller;
  }
  return undefined;
}

/** Of a part so much has to be in the other build. */
const FOUND = 0.5;

/**
 * Those parts that the other build has, too.
 *
 * @param found positions that have a counterpart, in the code of the owner with its parts behind it
 */
export function foundParts(
  owner: ModelFunction,
  parts: readonly ModelFunction[],
  found: ReadonlySet<number>,
): readonly ModelFunction[] {
  let from = owner.code.length;
  return parts.filter(({ code }) => {
    const own = code.filter((_, i) => found.has(from + i)).length;
    from += code.length;
    return own >= FOUND * code.length;
  });
}
