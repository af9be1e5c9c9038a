/** Which instruction of one build is which of the other: function by function, by its code. */
import type { Body } from '../model/blocks.js';
import { pairSites, type CalleeOf } from './call-sites.js';
import { changedCode, changesOf, type ChangedInstruction } from './changed-code.js';
import { alignCode, type CodeAlignment, type Positions } from './code-alignment.js';
import { formsOf } from '../model/forms.js';
import { hunksOf, type Hunk } from './hunks.js';
import { foundParts, onlyCalledFrom } from './inlined.js';
import { listingOf } from '../model/listing.js';
import type { CodeModel, ModelFunction } from '../model/model.js';
import { labelBy, type FunctionLabel } from '../model/normalize.js';
import { pairByCode, pairByName, type Build, type FunctionPair } from '../pairing/pairing.js';
import type { Profile } from '../model/profile.js';
import { isPart } from '../model/symbol-names.js';

/** A function of a and its counterpart in b. */
export interface FunctionMatch {
  readonly a: ModelFunction;
  readonly b: ModelFunction;
  /** The executed code is the same but for addresses. */
  readonly identical: boolean;
  /** Whether the code was aligned as it stands; else block by block. */
  readonly straight: boolean;
  /** Where the code is another and ran; undefined where what was loaded is not known. */
  readonly hunks: readonly Hunk[] | undefined;
  /** What little of the code changed; empty where much did. */
  readonly changes: readonly ChangedInstruction[];
}

/** What an instruction is in both builds, by instruction id; -1 where it is nothing in the other. */
export interface SideAlignment {
  /** Id of its counterpart. */
  readonly counterpart: Int32Array;
  /** The number that it shares with its counterpart as the beginning of a block. */
  readonly token: Int32Array;
  /** The same as a branch, which asks the same in both. */
  readonly branch: Int32Array;
  /** The same as a call. */
  readonly site: Int32Array;
  /** By function index: 1 for what is part of its caller in the other build. */
  readonly inlined: Uint8Array;
  /** By function index: 1 for what has no counterpart and is no part of its caller. */
  readonly alone: Uint8Array;
}

/** Which functions and instructions of the two builds belong together. */
export interface Alignment {
  /** How functions were paired. */
  readonly by: 'symbols' | 'code';
  readonly matches: readonly FunctionMatch[];
  /** Functions that ran in one trace alone. */
  readonly onlyA: readonly ModelFunction[];
  readonly onlyB: readonly ModelFunction[];
  readonly a: SideAlignment;
  readonly b: SideAlignment;
  /** By branch: 1 where the code around it was aligned as it stands. */
  readonly branchIsStraight: readonly number[];
}

/** @param steps how often what ran, and who called whom */
export function align(
  a: CodeModel,
  b: CodeModel,
  steps: { readonly a: Profile; readonly b: Profile },
): Alignment {
  const by = a.named && b.named ? 'symbols' : 'code';
  const plainA = { model: a, profile: steps.a, forms: formsOf(a) };
  const plainB = { model: b, profile: steps.b, forms: formsOf(b) };
  const pairs = by === 'symbols' ? pairByName(plainA, plainB) : pairByCode(plainA, plainB);
  // Now that it is known which function is which, a call of the one is a call of the other.
  const names = pairs.map(([x], i) => `${x.symbol ?? 'fn'}~${i}`);
  const nameOf = (side: 0 | 1): Map<string, string> =>
    new Map(pairs.map((pair, i) => [pair[side].name, names[i]!]));
  const takenA = new Set(pairs.map(([x]) => x));
  const takenB = new Set(pairs.map(([, y]) => y));
  const onlyA = a.functions.filter((each) => !takenA.has(each));
  const onlyB = b.functions.filter((each) => !takenB.has(each));
  const aligner = new Aligner(
    { ...plainA, forms: formsOf(a, nameOf(0)) },
    { ...plainB, forms: formsOf(b, nameOf(1)) },
    pairs,
    [onlyCalledFrom(onlyA, steps.a), onlyCalledFrom(onlyB, steps.b)],
    [labelBy(nameOf(0)), labelBy(nameOf(1))],
  );
  const matches = pairs.map((pair) => aligner.match(pair));
  for (const { index } of onlyA) aligner.a.alone[index] = 1 - aligner.a.inlined[index]!;
  for (const { index } of onlyB) aligner.b.alone[index] = 1 - aligner.b.inlined[index]!;
  return {
    by,
    matches,
    onlyA,
    onlyB,
    a: aligner.a,
    b: aligner.b,
    branchIsStraight: aligner.branchIsStraight,
  };
}

type Listing = Pick<Body, 'listing'>;
type Parts = ReadonlyMap<number, readonly ModelFunction[]>;

class Aligner {
  readonly a: SideAlignment;
  readonly b: SideAlignment;
  readonly branchIsStraight: number[] = [];
  readonly #buildA: Build;
  readonly #buildB: Build;
  readonly #parts: readonly [Parts, Parts];
  readonly #labels: readonly [FunctionLabel, FunctionLabel];
  readonly #callees: readonly [CalleeOf, CalleeOf];
  #tokens = 0;
  #sites = 0;

  /** @param labels what functions are called: the same for both of a pair */
  constructor(
    a: Build,
    b: Build,
    pairs: readonly FunctionPair[],
    parts: readonly [Parts, Parts],
    labels: readonly [FunctionLabel, FunctionLabel],
  ) {
    [this.#buildA, this.#buildB, this.#parts, this.#labels] = [a, b, parts, labels];
    [this.a, this.b] = [emptySide(a.model), emptySide(b.model)];
    const calleeOf = (side: 0 | 1): CalleeOf => {
      // Of a part, which callers go around at times, there may be fewer calls.
      const numbers = new Map(
        pairs.flatMap((pair, i) => (pair.some(isPartOf) ? [] : [[pair[side].index, i]])),
      );
      return (index) => numbers.get(index);
    };
    this.#callees = [calleeOf(0), calleeOf(1)];
  }

  match([x, y]: FunctionPair): FunctionMatch {
    const bodyOf = ({ forms }: Build, functions: readonly ModelFunction[]): Body => ({
      code: functions.flatMap(({ code }) => code),
      forms: functions.flatMap(({ index }) => forms[index]!),
    });
    const listing = (side: 0 | 1, found: ModelFunction): Listing => ({
      listing: listingOf([this.#buildA, this.#buildB][side]!.model, found, this.#labels[side]),
    });
    let [a, b]: [Body, Body] = [
      { ...bodyOf(this.#buildA, [x]), ...listing(0, x) },
      { ...bodyOf(this.#buildB, [y]), ...listing(1, y) },
    ];
    const hunks =
      a.listing === undefined || b.listing === undefined
        ? undefined
        : hunksOf(a.listing, b.listing);
    let aligned = this.#align(a, b);
    let [partsA, partsB] = [this.#parts[0].get(x.index) ?? [], this.#parts[1].get(y.index) ?? []];
    // Once more without those that turn out to be new, not part of it.
    for (let count = Infinity; !aligned.straight && partsA.length + partsB.length < count;) {
      count = partsA.length + partsB.length;
      a = bodyOf(this.#buildA, [x, ...partsA]);
      b = bodyOf(this.#buildB, [y, ...partsB]);
      aligned = this.#align(a, b);
      partsA = foundParts(x, partsA, new Set(aligned.pairs.map(([s]) => s)));
      partsB = foundParts(y, partsB, new Set(aligned.pairs.map(([, t]) => t)));
    }
    for (const { index } of partsA) this.a.inlined[index] = 1;
    for (const { index } of partsB) this.b.inlined[index] = 1;
    this.#number(a, b, aligned);
    const { straight } = aligned;
    if (hunks !== undefined) {
      const changes = changesOf(hunks);
      return { a: x, b: y, identical: hunks.length === 0, straight, hunks, changes };
    }
    const { identical } = aligned;
    const changes = identical ? [] : changedCode(a, b);
    return { a: x, b: y, identical, straight, hunks, changes };
  }

  #align(a: Body, b: Body): CodeAlignment {
    const side = ({ model, profile: { executions } }: Build, body: Body) => ({
      ...{ model, executions, body },
    });
    return alignCode(side(this.#buildA, a), side(this.#buildB, b));
  }

  /** The beginning of a block that the other run went past. */
  #ownToken({ token }: SideAlignment, id: number): void {
    if (token[id] === -1) token[id] = this.#tokens++;
  }

  #number(a: Body, b: Body, { pairs, heads, own, branches, straight }: CodeAlignment): void {
    const set = (
      column: 'counterpart' | 'token' | 'branch' | 'site',
      [s, t]: Positions,
      numbers: readonly [number, number],
    ): boolean => {
      const [idA, idB] = [a.code[s]!.id, b.code[t]!.id];
      if (this.a[column][idA] !== -1 || this.b[column][idB] !== -1) return false;
      [this.a[column][idA], this.b[column][idB]] = numbers;
      return true;
    };
    // The first instruction stands for the call itself.
    const entry: Positions[] = a.code.length > 0 && b.code.length > 0 ? [[0, 0]] : [];
    for (const each of [...entry, ...heads]) set('token', each, [this.#tokens, this.#tokens++]);
    for (const s of own.a) this.#ownToken(this.a, a.code[s]!.id);
    for (const t of own.b) this.#ownToken(this.b, b.code[t]!.id);
    for (const each of pairs) {
      set('counterpart', each, [b.code[each[1]]!.id, a.code[each[0]]!.id]);
    }
    for (const each of branches) {
      const number = this.branchIsStraight.length;
      if (set('branch', each, [number, number])) this.branchIsStraight.push(straight ? 1 : 0);
    }
    const sites = pairSites(
      { model: this.#buildA.model, body: a, calleeOf: this.#callees[0] },
      { model: this.#buildB.model, body: b, calleeOf: this.#callees[1] },
      pairs,
    );
    for (const each of sites) set('site', each, [this.#sites, this.#sites++]);
  }
}

function isPartOf({ symbol }: ModelFunction): boolean {
  return symbol !== undefined && isPart(symbol);
}

function emptySide({ functionOf, functions }: CodeModel): SideAlignment {
  const column = (): Int32Array => new Int32Array(functionOf.length).fill(-1);
  return {
    ...{ counterpart: column(), token: column(), branch: column(), site: column() },
    inlined: new Uint8Array(functions.length),
    alone: new Uint8Array(functions.length),
  };
}
