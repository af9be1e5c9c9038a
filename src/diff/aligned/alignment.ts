/** Which instruction of one build is which of the other: function by function, by its code. */
import { commonSubsequence } from './lcs.js';
import type { CodeModel, ModelFunction } from './model.js';
import type { Instruction } from '../../trace/reader/instructions.js';
import { pairByCode, pairByName } from './pairing.js';
import type { Profile } from './profile.js';
import {
  anyNumber,
  normalize,
  plainLabel,
  type FunctionLabel,
  type NormalForm,
} from './normalize.js';

export interface FunctionMatch {
  readonly a: ModelFunction;
  readonly b: ModelFunction;
  readonly by: 'symbol' | 'code';
  /** The executed code is the same but for addresses. */
  readonly identical: boolean;
  /** Aligned instructions among those of the longer function: 0 to 1. */
  readonly ratio: number;
}

export interface Alignment {
  /** How functions were paired. */
  readonly by: 'symbols' | 'code';
  readonly matches: readonly FunctionMatch[];
  /** Functions that ran in one trace alone. */
  readonly onlyA: readonly ModelFunction[];
  readonly onlyB: readonly ModelFunction[];
  /** By instruction id: the number that it shares with its counterpart; -1 where it has none. */
  readonly commonA: Int32Array;
  readonly commonB: Int32Array;
  /** By instruction id: 1 where its function is too different for its branches to be compared. */
  readonly rewrittenA: Uint8Array;
}

/** Functions with less in common are compared by their calls alone. */
const COMPARABLE = 0.5;

/** @param steps how often what ran, and who called whom */
export function align(
  a: CodeModel,
  b: CodeModel,
  steps: { readonly a: Profile; readonly b: Profile },
): Alignment {
  const by = a.named && b.named ? 'symbols' : 'code';
  const buildA = { model: a, profile: steps.a, forms: formsOf(a) };
  const buildB = { model: b, profile: steps.b, forms: formsOf(b) };
  const pairs = by === 'symbols' ? pairByName(buildA, buildB) : pairByCode(buildA, buildB);
  // Now that it is known which function is which, a call of the one is a call of the other.
  const names = pairs.map(([x], i) => `${x.symbol ?? 'fn'}~${i}`);
  const formsA = formsOf(a, new Map(pairs.map(([x], i) => [x.name, names[i]!])));
  const formsB = formsOf(b, new Map(pairs.map(([, y], i) => [y.name, names[i]!])));
  const commonA = new Int32Array(a.functionOf.length).fill(-1);
  const commonB = new Int32Array(b.functionOf.length).fill(-1);
  const rewrittenA = new Uint8Array(a.functionOf.length);
  let next = 0;
  const matches = pairs.map(([x, y]): FunctionMatch => {
    const [i, j] = [x.index, y.index];
    const aligned = alignCode(formsA[i]!, formsB[j]!);
    const ratio = aligned.length / Math.max(1, x.code.length, y.code.length);
    const comparable = ratio >= COMPARABLE;
    for (const [s, t] of aligned) {
      // The first instruction stands for the call itself.
      if (!comparable && (s > 0 || t > 0)) continue;
      commonA[x.code[s]!.id] = next;
      commonB[y.code[t]!.id] = next++;
    }
    const [entryA, entryB] = [x.code[0], y.code[0]];
    if (
      entryA !== undefined &&
      entryB !== undefined &&
      isUnset(commonA, commonB, entryA.id, entryB.id)
    ) {
      commonA[entryA.id] = next;
      commonB[entryB.id] = next++;
    }
    if (!comparable) for (const { id } of x.code) rewrittenA[id] = 1;
    const identical =
      aligned.length === x.code.length &&
      aligned.length === y.code.length &&
      aligned.every(([s, t]) => formsA[i]![s]!.exact === formsB[j]![t]!.exact);
    return { a: x, b: y, by: by === 'symbols' ? 'symbol' : 'code', identical, ratio };
  });
  const takenA = new Set(pairs.map(([x]) => x));
  const takenB = new Set(pairs.map(([, y]) => y));
  return {
    ...{ by, matches, commonA, commonB, rewrittenA },
    onlyA: a.functions.filter((each) => !takenA.has(each)),
    onlyB: b.functions.filter((each) => !takenB.has(each)),
  };
}

/**
 * The code of each function. A branch is what it is by what it asks: what sets its flags is part of
 * it.
 *
 * @param names of functions that have a counterpart, the same for both
 */
function formsOf(model: CodeModel, names: ReadonlyMap<string, string> = new Map()): NormalForm[][] {
  const label: FunctionLabel = (found) => names.get(found.name) ?? plainLabel(found);
  return model.functions.map(({ code }) => {
    const plain = code.map((each) => normalize(model, each, label));
    return plain.map((form, i) => {
      if (model.decides[code[i]!.id] !== 1) return form;
      // Whatever number it asks for: that may be the change.
      const asks = anyNumber(plain[flagsBefore(model, code, i)]?.shape ?? '');
      return { exact: `${asks}; ${form.exact}`, shape: `${asks}; ${form.shape}` };
    });
  });
}

/** How far before a branch its flags may be set. */
const LOOK_BACK = 8;
const LEAVES_FLAGS = /^(?:mov|lea|push|pop|nop|cmov|set|not|xchg|bswap|cdq|cqo|cwd|cbw|j[^m])/;

/** Of the instructions before number `i` the nearest that sets flags; -1 if none is near. */
function flagsBefore(
  { place, behind }: CodeModel,
  code: readonly Instruction[],
  i: number,
): number {
  for (let at = i - 1; at >= 0 && at >= i - LOOK_BACK; at--) {
    if (behind[code[at]!.id] !== place[code[at + 1]!.id]) return -1;
    if (!LEAVES_FLAGS.test(code[at]!.text)) return at;
  }
  return -1;
}

function isUnset(a: Int32Array, b: Int32Array, idA: number, idB: number): boolean {
  return a[idA] === -1 && b[idB] === -1;
}

/** First what is equal, then, in between, what has the same shape: registers may be renamed. */
function alignCode(a: readonly NormalForm[], b: readonly NormalForm[]): [number, number][] {
  const equal = commonSubsequence(
    a.map(({ exact }) => exact),
    b.map(({ exact }) => exact),
  );
  const result: [number, number][] = [];
  let fromA = 0;
  let fromB = 0;
  for (const [i, j] of [...equal, [a.length, b.length] as [number, number]]) {
    const between = commonSubsequence(
      a.slice(fromA, i).map(({ shape }) => shape),
      b.slice(fromB, j).map(({ shape }) => shape),
    );
    for (const [x, y] of between) result.push([fromA + x, fromB + y]);
    if (i < a.length && j < b.length) result.push([i, j]);
    fromA = i + 1;
    fromB = j + 1;
  }
  return result;
}
