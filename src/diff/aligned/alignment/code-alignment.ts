/** Which instruction of a function is which in another build of it. */
import { blocksOf, type Block, type Body } from '../model/blocks.js';
import { matchBlocks } from './block-matching.js';
import type { NormalForm } from '../model/normalize.js';
import { commonSubsequence } from './lcs.js';
import type { CodeModel } from '../model/model.js';

/** Positions in the code of the two. */
export type Positions = readonly [a: number, b: number];

/** Which instructions of a function belong together, as positions in its two bodies. */
export interface CodeAlignment {
  /** Instructions that do the same, one to one. */
  readonly pairs: readonly Positions[];
  /** Of these the first ones of blocks. */
  readonly heads: readonly Positions[];
  /** The first ones of blocks that one run alone took, of code that both builds have. */
  readonly own: { readonly a: readonly number[]; readonly b: readonly number[] };
  /** Conditional branches that ask the same in the same place. */
  readonly branches: readonly Positions[];
  /** The code is the same but for addresses. */
  readonly identical: boolean;
  /** Whether it was aligned as it stands; else block by block. */
  readonly straight: boolean;
}

/** A function of one build, with how often each instruction ran. */
export interface CodeSide {
  readonly model: CodeModel;
  /** By instruction id. */
  readonly executions: Float64Array;
  readonly body: Body;
}

/** Code of which so much is in the same order is aligned as it stands. */
const STRAIGHT = 0.95;

/** Aligns two bodies: as their code stands if that is enough alike, else block by block. */
export function alignCode(a: CodeSide, b: CodeSide): CodeAlignment {
  const inOrder = alignInOrder(a.body.forms, b.body.forms);
  const longer = Math.max(1, a.body.forms.length, b.body.forms.length);
  const listed = alignListings(a, b);
  const isDecision = ([s, t]: Positions): boolean =>
    a.model.decides[a.body.code[s]!.id]! > 0 && b.model.decides[b.body.code[t]!.id]! > 0;
  const blocksA = blocksOf(a.model, a.executions, a.body);
  const blocksB = blocksOf(b.model, b.executions, b.body);
  if (listed !== undefined) {
    const { pairs, missedA, missedB } = listed;
    return {
      pairs,
      heads: headsOf(pairs, blocksA, blocksB),
      own: { a: headsIn(blocksA, missedA), b: headsIn(blocksB, missedB) },
      branches: pairs.filter(isDecision),
      identical: false,
      straight: true,
    };
  }
  if (inOrder.length >= STRAIGHT * longer) {
    return {
      pairs: inOrder,
      heads: headsOf(inOrder, blocksA, blocksB),
      own: NONE,
      branches: inOrder.filter(isDecision),
      identical:
        inOrder.length === longer &&
        a.body.forms.length === b.body.forms.length &&
        inOrder.every(([s, t]) => a.body.forms[s]!.exact === b.body.forms[t]!.exact),
      straight: true,
    };
  }
  const found = alignByBlocks(a, b, inOrder, [blocksA, blocksB]);
  return {
    ...found,
    own: NONE,
    branches: found.branches.filter(isDecision),
    identical: false,
    straight: false,
  };
}

const NONE: CodeAlignment['own'] = { a: [], b: [] };

/** The blocks that begin with one of these positions. */
function headsIn(blocks: readonly Block[], positions: ReadonlySet<number>): number[] {
  return blocks.map(({ from }) => from).filter((from) => positions.has(from));
}

interface ListedAlignment {
  readonly pairs: Positions[];
  /** Positions of what ran on one side, and stands in the code of the other. */
  readonly missedA: ReadonlySet<number>;
  readonly missedB: ReadonlySet<number>;
}

/**
 * By all of the code that was loaded, if so much of it is in the same order: each run may have taken
 * other ways through it.
 */
function alignListings({ body: a }: CodeSide, { body: b }: CodeSide): ListedAlignment | undefined {
  if (a.listing === undefined || b.listing === undefined) return undefined;
  const inOrder = alignInOrder(
    a.listing.map(({ form }) => form),
    b.listing.map(({ form }) => form),
  );
  const longer = Math.max(1, a.listing.length, b.listing.length);
  if (inOrder.length < STRAIGHT * longer) return undefined;
  const positions = ({ code }: Body): Map<number, number> =>
    new Map(code.map(({ id }, i) => [id, i]));
  const [atA, atB] = [positions(a), positions(b)];
  const pairs: Positions[] = [];
  const [missedA, missedB] = [new Set<number>(), new Set<number>()];
  for (const [i, j] of inOrder) {
    const [s, t] = [atA.get(a.listing[i]!.id), atB.get(b.listing[j]!.id)];
    if (s !== undefined && t !== undefined) pairs.push([s, t]);
    else if (s !== undefined) missedA.add(s);
    else if (t !== undefined) missedB.add(t);
  }
  return { pairs, missedA, missedB };
}

/** The first pair in each block of either side. */
function headsOf(
  pairs: readonly Positions[],
  a: readonly Block[],
  b: readonly Block[],
): Positions[] {
  let [blockA, blockB] = [0, 0];
  let [lastA, lastB] = [-1, -1];
  return pairs.filter(([s, t]) => {
    while (a[blockA]!.to <= s) blockA++;
    while (b[blockB]!.to <= t) blockB++;
    const isHead = blockA !== lastA || blockB !== lastB;
    [lastA, lastB] = [blockA, blockB];
    return isHead;
  });
}

function alignByBlocks(
  a: CodeSide,
  b: CodeSide,
  inOrder: readonly Positions[],
  [firstA, firstB]: readonly [readonly Block[], readonly Block[]],
): Pick<CodeAlignment, 'pairs' | 'heads' | 'branches'> {
  // Where a block begins on one side and the same code stands on the other, one begins there too.
  const startsA = new Set(firstA.map(({ from }) => from));
  const startsB = new Set(firstB.map(({ from }) => from));
  const breaksA = inOrder.filter(([, t]) => startsB.has(t)).map(([s]) => s);
  const breaksB = inOrder.filter(([s]) => startsA.has(s)).map(([, t]) => t);
  const blocksA = blocksOf(a.model, a.executions, a.body, breaksA);
  const blocksB = blocksOf(b.model, b.executions, b.body, breaksB);
  const shared = sharedOf(inOrder, blocksA, blocksB);
  const matched = matchBlocks(
    { body: a.body, blocks: blocksA },
    { body: b.body, blocks: blocksB },
    shared.of,
  );
  const pairs: Positions[] = [];
  const heads: Positions[] = [];
  const together = new Set<string>();
  for (const [i, j] of matched) {
    const [x, y] = [blocksA[i]!, blocksB[j]!];
    heads.push([x.from, y.from]);
    together.add(`${i} ${j}`);
    const loose = ({ forms }: Body, block: Block): string[] =>
      forms.slice(block.from, block.to).map(({ operation }) => operation);
    for (const [s, t] of commonSubsequence(loose(a.body, x), loose(b.body, y))) {
      pairs.push([x.from + s, y.from + t]);
    }
  }
  const branches = inOrder.filter(([s, t]) =>
    together.has(`${shared.blockOfA[s]!} ${shared.blockOfB[t]!}`),
  );
  return { pairs, heads, branches };
}

/** How much of two blocks was aligned in order. */
function sharedOf(
  inOrder: readonly Positions[],
  a: readonly Block[],
  b: readonly Block[],
): {
  readonly of: (i: number, j: number) => number;
  readonly blockOfA: Int32Array;
  readonly blockOfB: Int32Array;
} {
  const [blockOfA, blockOfB] = [blockOf(a), blockOf(b)];
  const counts = new Map<number, number>();
  for (const [s, t] of inOrder) {
    const key = blockOfA[s]! * b.length + blockOfB[t]!;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const size = ({ from, to }: Block): number => to - from;
  return {
    of: (i, j) => (counts.get(i * b.length + j) ?? 0) / Math.max(size(a[i]!), size(b[j]!)),
    blockOfA,
    blockOfB,
  };
}

/** By position: the number of its block. */
function blockOf(blocks: readonly Block[]): Int32Array {
  const numbers = new Int32Array(blocks.at(-1)?.to ?? 0);
  for (const [k, { from, to }] of blocks.entries()) numbers.fill(k, from, to);
  return numbers;
}

/** First what is equal, then, in between, what has the same shape: registers may be renamed. */
function alignInOrder(a: readonly NormalForm[], b: readonly NormalForm[]): Positions[] {
  const equal = commonSubsequence(
    a.map(({ exact }) => exact),
    b.map(({ exact }) => exact),
  );
  const result: Positions[] = [];
  let fromA = 0;
  let fromB = 0;
  for (const [i, j] of [...equal, [a.length, b.length] as const]) {
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
