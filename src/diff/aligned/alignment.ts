/** Which instruction of one build is which of the other: function by function, by its code. */
import { commonSubsequence } from './lcs.js';
import type { CodeModel, ModelFunction } from './model.js';
import type { Instruction } from '../../trace/reader/instructions.js';
import { anyNumber, normalize, type NormalForm } from './normalize.js';

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
/** Functions without symbols that share less are not taken for the same. */
const SIMILAR = 0.4;

export function align(a: CodeModel, b: CodeModel): Alignment {
  const by = a.named && b.named ? 'symbols' : 'code';
  const formsA = a.functions.map((each) => formsOf(a, each));
  const formsB = b.functions.map((each) => formsOf(b, each));
  const pairs = by === 'symbols' ? pairByName(a, b) : pairByCode(formsA, formsB);
  const commonA = new Int32Array(a.functionOf.length).fill(-1);
  const commonB = new Int32Array(b.functionOf.length).fill(-1);
  const rewrittenA = new Uint8Array(a.functionOf.length);
  let next = 0;
  const matches = pairs.map(([i, j]): FunctionMatch => {
    const [x, y] = [a.functions[i]!, b.functions[j]!];
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
  const takenA = new Set(pairs.map(([i]) => i));
  const takenB = new Set(pairs.map(([, j]) => j));
  return {
    ...{ by, matches, commonA, commonB, rewrittenA },
    onlyA: a.functions.filter(({ index }) => !takenA.has(index)),
    onlyB: b.functions.filter(({ index }) => !takenB.has(index)),
  };
}

/** A branch is what it is by what it asks: what sets its flags is part of it. */
function formsOf(model: CodeModel, { code }: ModelFunction): NormalForm[] {
  const plain = code.map((each) => normalize(model, each));
  return plain.map((form, i) => {
    if (model.decides[code[i]!.id] !== 1) return form;
    // Whatever number it asks for: that may be the change.
    const asks = anyNumber(plain[flagsBefore(model, code, i)]?.shape ?? '');
    return { exact: `${asks}; ${form.exact}`, shape: `${asks}; ${form.shape}` };
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

function pairByName(a: CodeModel, b: CodeModel): [number, number][] {
  const inB = new Map(b.functions.map(({ name, index }) => [name, index]));
  return a.functions.flatMap(({ name, index }): [number, number][] => {
    const other = inB.get(name);
    return other === undefined ? [] : [[index, other]];
  });
}

/** Equal code first; of the rest, in order, what has the most in common. */
function pairByCode(
  a: readonly (readonly NormalForm[])[],
  b: readonly (readonly NormalForm[])[],
): [number, number][] {
  const key = (forms: readonly NormalForm[]): string => forms.map(({ exact }) => exact).join('\n');
  const free = new Map<string, number[]>();
  for (const [j, forms] of b.entries()) {
    const known = free.get(key(forms));
    if (known === undefined) free.set(key(forms), [j]);
    else known.push(j);
  }
  const pairs: [number, number][] = [];
  const restA: number[] = [];
  for (const [i, forms] of a.entries()) {
    const j = free.get(key(forms))?.shift();
    if (j === undefined) restA.push(i);
    else pairs.push([i, j]);
  }
  const restB = new Set([...free.values()].flat());
  for (const i of restA) {
    let best: number | undefined;
    let most = SIMILAR;
    for (const j of restB) {
      const score = similarity(a[i]!, b[j]!);
      if (score > most) [best, most] = [j, score];
    }
    if (best === undefined) continue;
    restB.delete(best);
    pairs.push([i, best]);
  }
  return pairs.sort(([x], [y]) => x - y);
}

/** Shapes that both have, of those of the longer: 0 to 1. */
function similarity(a: readonly NormalForm[], b: readonly NormalForm[]): number {
  const counts = new Map<string, number>();
  for (const { shape } of a) counts.set(shape, (counts.get(shape) ?? 0) + 1);
  let both = 0;
  for (const { shape } of b) {
    const left = counts.get(shape) ?? 0;
    if (left === 0) continue;
    counts.set(shape, left - 1);
    both++;
  }
  return both / Math.max(1, a.length, b.length);
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
