/** Which function of one build is which of the other: by symbol, or by its code. */
import { assign, assignByKey, overlap } from './assign.js';
import type { Form } from '../model/forms.js';
import type { CodeModel, ModelFunction } from '../model/model.js';

import type { Profile } from '../model/profile.js';
import { sourceName } from '../model/symbol-names.js';

/** A build, and what is known of its functions, by their index. */
export interface Build {
  readonly model: CodeModel;
  readonly profile: Profile;
  readonly forms: readonly (readonly Form[])[];
}

/** A function of a and the one of b that it is paired with. */
export type FunctionPair = readonly [a: ModelFunction, b: ModelFunction];

/** Functions without symbols that share less are not taken for the same. */
const SIMILAR = 0.4;

/** Pairs functions by symbol; of those that share one, the most alike. */
export function pairByName(a: Build, b: Build): FunctionPair[] {
  const neighboursA = neighbours(a);
  const neighboursB = neighbours(b);
  const alike = similarity(a, b);
  const score = (x: ModelFunction, y: ModelFunction): number =>
    2 * alike(x, y) + overlap(neighboursA[x.index]!, neighboursB[y.index]!);
  const restA = new Set(a.model.functions);
  const restB = new Set(b.model.functions);
  const bySymbol = ({ symbol, name }: ModelFunction): string => symbol ?? name;
  // Copies for constant arguments and the like exist in one build, or are numbered otherwise.
  const bySource = ({ symbol }: ModelFunction): string | undefined =>
    symbol === undefined ? undefined : sourceName(symbol);
  return inOrder([
    ...assignByKey(restA, restB, [bySymbol, bySymbol], score),
    ...assignByKey(restA, restB, [bySource, bySource], score),
  ]);
}

/** By function: the symbols of what calls it and of what it calls. */
function neighbours({ model, profile }: Build): Set<string>[] {
  const { functions } = model;
  const found = functions.map(() => new Set<string>());
  const nameOf = (index: number): string => functions[index]?.symbol ?? '';
  for (const [caller, row] of profile.edges) {
    for (const callee of row.keys()) {
      found[callee]?.add(`by ${nameOf(caller)}`);
      found[caller]?.add(`to ${nameOf(callee)}`);
    }
  }
  return found;
}

/** Equal code first; of the rest what has the most in common. */
export function pairByCode(a: Build, b: Build): FunctionPair[] {
  const text =
    ({ forms }: Build) =>
    ({ index }: ModelFunction): string =>
      forms[index]!.map(({ exact }) => exact).join('\n');
  const alike = similarity(a, b);
  const restA = new Set(a.model.functions);
  const restB = new Set(b.model.functions);
  const equal = assignByKey(restA, restB, [text(a), text(b)], () => 0);
  const others = assign([...restA], [...restB], alike);
  return inOrder([...equal, ...others.filter(([x, y]) => alike(x, y) > SIMILAR)]);
}

function inOrder(pairs: readonly FunctionPair[]): FunctionPair[] {
  return pairs.toSorted(([x], [y]) => x.index - y.index);
}

/** Shapes that both functions have, of those of the longer: 0 to 1. */
function similarity(a: Build, b: Build): (x: ModelFunction, y: ModelFunction) => number {
  const bagsOf = ({ forms }: Build): Map<string, number>[] =>
    forms.map((list) => {
      const bag = new Map<string, number>();
      for (const { shape } of list) bag.set(shape, (bag.get(shape) ?? 0) + 1);
      return bag;
    });
  const bagsA = bagsOf(a);
  const bagsB = bagsOf(b);
  return (x, y) => {
    const longer = Math.max(1, x.code.length, y.code.length);
    // So unlike in length that it need not be looked at.
    if (Math.min(x.code.length, y.code.length) < SIMILAR * longer) return 0;
    let both = 0;
    for (const [shape, count] of bagsA[x.index]!) {
      both += Math.min(count, bagsB[y.index]!.get(shape) ?? 0);
    }
    return both / longer;
  };
}
