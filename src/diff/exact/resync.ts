/** Finds where two executions run together again after they have parted. */
import type { Instruction } from '../../trace/read/instructions.js';
import type { Pair, Side } from '../side.js';

/**
 * Steps that have to agree for the two to be together again. The fewer they are, the less that says:
 * few are taken where more would lead farther away.
 */
const GRAMS = [16, 8, 4] as const;
const DOUBT = 64;
const FIRST_WINDOW = 256;
/** Beyond this many steps on either side they are taken not to meet again. */
const LAST_WINDOW = 1 << 20;

/** Numbers code by place, the same for both traces. */
export class PlaceNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #ofId = new Map<Side, Map<number, number>>();

  of(side: Side, id: number): number {
    let known = this.#ofId.get(side);
    if (known === undefined) this.#ofId.set(side, (known = new Map<number, number>()));
    let number = known.get(id);
    if (number === undefined) {
      const key = placeKey(side.file.code.get(id));
      number = this.#numbers.get(key) ?? this.#numbers.size;
      this.#numbers.set(key, number);
      known.set(id, number);
    }
    return number;
  }
}

function placeKey({ address, rip, mode }: Instruction): string {
  return `${address.toString(36)}:${rip.toString(36)}:${mode}`;
}

/** The steps at which both traces do the same again. */
export interface ResyncPoint {
  readonly stepA: number;
  readonly stepB: number;
}

/**
 * The nearest place at which both run the same instructions for a while, counted from `fromA` and
 * `fromB` by the steps that both have to skip.
 */
export function findResyncPoint(
  { a, b }: Pair,
  numbers: PlaceNumbers,
  fromA: number,
  fromB: number,
): ResyncPoint | undefined {
  for (let window = FIRST_WINDOW; window <= LAST_WINDOW; window *= 4) {
    const placesA = places(a, numbers, fromA, window);
    const placesB = places(b, numbers, fromB, window);
    const atEnds = placesA.length < window && placesB.length < window;
    const resyncPoint = likeliest(placesA, placesB);
    if (resyncPoint !== undefined) {
      return { stepA: fromA + resyncPoint[0], stepB: fromB + resyncPoint[1] };
    }
    if (atEnds) return undefined;
  }
  return undefined;
}

function places(side: Side, numbers: PlaceNumbers, from: number, count: number): number[] {
  return side.file.code.ids(from, from + count).map((id) => numbers.of(side, id));
}

function likeliest(a: readonly number[], b: readonly number[]): [number, number] | undefined {
  let best: [number, number] | undefined;
  let least = Infinity;
  for (const gram of GRAMS) {
    const found = nearest(a, b, gram);
    if (found === undefined) continue;
    const cost = found[0] + found[1] + DOUBT / gram;
    if (cost < least) [best, least] = [found, cost];
  }
  return best;
}

/** The pair of positions with the least sum at which `gram` places agree. */
function nearest(
  a: readonly number[],
  b: readonly number[],
  gram: number,
): [number, number] | undefined {
  const first = new Map<number, number>();
  const hashesA = hashes(a, gram);
  for (let i = hashesA.length - 1; i >= 0; i--) first.set(hashesA[i]!, i);
  let best: [number, number] | undefined;
  const hashesB = hashes(b, gram);
  for (let j = 0; j < hashesB.length; j++) {
    if (best !== undefined && j >= best[0] + best[1]) break;
    const i = first.get(hashesB[j]!);
    if (i === undefined || !agree(a, i, b, j, gram)) continue;
    if (best === undefined || i + j < best[0] + best[1]) best = [i, j];
  }
  return best;
}

function agree(
  a: readonly number[],
  i: number,
  b: readonly number[],
  j: number,
  gram: number,
): boolean {
  for (let k = 0; k < gram; k++) if (a[i + k] !== b[j + k]) return false;
  return true;
}

function hashes(places: readonly number[], gram: number): Int32Array {
  const result = new Int32Array(Math.max(0, places.length - gram + 1));
  for (let i = 0; i < result.length; i++) {
    let hash = 0x811c9dc5 | 0;
    for (let k = 0; k < gram; k++) hash = Math.imul(hash ^ places[i + k]!, 0x01000193);
    result[i] = hash;
  }
  return result;
}
