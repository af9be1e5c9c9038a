/** Which block of a function is which in another build: by what it does, how often, and where. */
import TinyQueue from 'tinyqueue';
import type { Block, Body } from '../model/blocks.js';

/** A function of one build, with its blocks. */
export interface BlockSide {
  readonly body: Body;
  readonly blocks: readonly Block[];
}

/** Pairs with less are none. A pair that does the same as often has 1.5, and 0.25 by each neighbour. */
const LEAST = 0.95;
const NEIGHBOUR = 0.25;
/** Larger functions are matched by what is rare in them alone. */
const MAX_PAIRS = 250_000;
/** Blocks in which an operation may be for it to be rare. */
const RARE = 8;

/**
 * Pairs of block numbers, one to one: the best first, and then what stands next to them with more
 * confidence.
 *
 * @param shared how much of the two blocks was aligned as it stands: 0 to 1
 */
export function matchBlocks(
  a: BlockSide,
  b: BlockSide,
  shared: (i: number, j: number) => number,
): [number, number][] {
  const { works, weights } = workOf([a, b]);
  const [worksA, worksB] = works as [Work[], Work[]];
  const often = [countsOf(a), countsOf(b)] as const;
  const score = (i: number, j: number): number => {
    const [x, y] = [a.blocks[i]!, b.blocks[j]!];
    const place = 1 - Math.abs(i / a.blocks.length - j / b.blocks.length);
    return (
      alike(worksA[i]!, worksB[j]!, weights) +
      asOften(x.executions, y.executions, often) +
      0.5 * shared(i, j) +
      0.15 * place
    );
  };
  const queue = new TinyQueue<Candidate>([], bestFirst);
  const bonus = new Map<number, number>();
  const known = new Map<number, number>();
  const key = (i: number, j: number): number => i * b.blocks.length + j;
  const offer = (i: number, j: number): void => {
    const at = key(i, j);
    let own = known.get(at);
    if (own === undefined) known.set(at, (own = score(i, j)));
    const value = own + (bonus.get(at) ?? 0);
    if (value >= LEAST) queue.push([value, i, j]);
  };
  for (const [i, j] of candidates(worksA, worksB)) offer(i, j);
  const takenA = new Uint8Array(a.blocks.length);
  const takenB = new Uint8Array(b.blocks.length);
  const pairs: [number, number][] = [];
  for (let best = queue.pop(); best !== undefined; best = queue.pop()) {
    const [, i, j] = best;
    if (takenA[i] === 1 || takenB[j] === 1) continue;
    takenA[i] = takenB[j] = 1;
    pairs.push([i, j]);
    for (const side of ['successors', 'predecessors'] as const) {
      for (const x of a.blocks[i]![side]) {
        for (const y of b.blocks[j]![side]) {
          if (takenA[x] === 1 || takenB[y] === 1) continue;
          bonus.set(key(x, y), (bonus.get(key(x, y)) ?? 0) + NEIGHBOUR);
          offer(x, y);
        }
      }
    }
  }
  return pairs;
}

type Candidate = readonly [value: number, i: number, j: number];

/** Of equals the first in order. */
function bestFirst(x: Candidate, y: Candidate): number {
  return y[0] - x[0] || x[1] - y[1] || x[2] - y[2];
}

/** What a block does. */
interface Work {
  /** How often it does each operation, by number. */
  readonly times: ReadonlyMap<number, number>;
  /** How much all of it tells. */
  weight: number;
}

/** What each block does, and how much each operation tells: the rarer the more. */
function workOf(sides: readonly BlockSide[]): { works: Work[][]; weights: number[] } {
  const numbers = new Map<string, number>();
  const blocksWith: number[] = [];
  const works = sides.map(({ blocks, body }) =>
    blocks.map(({ from, to }): Work => {
      const times = new Map<number, number>();
      for (let i = from; i < to; i++) {
        const { operation } = body.forms[i]!;
        if (operation === '') continue;
        let number = numbers.get(operation);
        if (number === undefined) numbers.set(operation, (number = numbers.size));
        times.set(number, (times.get(number) ?? 0) + 1);
      }
      for (const number of times.keys()) blocksWith[number] = (blocksWith[number] ?? 0) + 1;
      return { times, weight: 0 };
    }),
  );
  const count = works.reduce((sum, { length }) => sum + length, 0);
  const weights = blocksWith.map((each) => Math.log(1 + count / each));
  for (const work of works.flat()) {
    for (const [number, times] of work.times) work.weight += weights[number]! * times;
  }
  return { works, weights };
}

/** 0 to 1: how much of what either does both do. */
function alike(x: Work, y: Work, weights: readonly number[]): number {
  let both = 0;
  for (const [number, times] of x.times) {
    both += weights[number]! * Math.min(times, y.times.get(number) ?? 0);
  }
  if (both === 0) return 0;
  return (1.2 * both) / (x.weight + y.weight) + (0.4 * both) / Math.min(x.weight, y.weight);
}

/** How many blocks of a side ran so often. */
function countsOf({ blocks }: BlockSide): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { executions } of blocks) counts.set(executions, (counts.get(executions) ?? 0) + 1);
  return counts;
}

/** 0 to 1: that both ran equally often says the more the fewer others did. */
function asOften(
  x: number,
  y: number,
  [countsA, countsB]: readonly [Map<number, number>, Map<number, number>],
): number {
  if (x !== y) return (0.2 * Math.min(x, y)) / Math.max(x, y);
  return 0.5 + 0.5 / Math.max(countsA.get(x) ?? 1, countsB.get(y) ?? 1);
}

/** All pairs, or of large functions those that share something rare. */
function* candidates(a: readonly Work[], b: readonly Work[]): Iterable<readonly [number, number]> {
  if (a.length * b.length <= MAX_PAIRS) {
    for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) yield [i, j];
    return;
  }
  const index = new Map<number, number[]>();
  for (const [j, { times }] of b.entries()) {
    for (const number of times.keys()) {
      const list = index.get(number);
      if (list === undefined) index.set(number, [j]);
      else list.push(j);
    }
  }
  for (const [i, { times }] of a.entries()) {
    const found = new Set<number>();
    for (const number of times.keys()) {
      const list = index.get(number) ?? [];
      if (list.length <= RARE) for (const j of list) found.add(j);
    }
    for (const j of found) yield [i, j];
  }
}
