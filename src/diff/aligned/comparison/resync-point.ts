/** How two runs that have parted come together again, with the least left out on either side. */
import type { FrameView } from './frame-view.js';

/** How many tokens of either run to pass over. */
export interface ResyncPoint {
  /** Tokens to leave out. */
  readonly skipA: number;
  readonly skipB: number;
}

/** The most places to leave out before a coarser search is tried. */
const MAX_EDITS = 256;
/** Equal places that make sure: so many, more for each that is left out, and never more than that. */
const Sure = { least: 8, most: 48 } as const;
/** Fewer equal places in between are chance. */
const CHANCE = 3;

/** Equal places that will do where no more can be seen. */
const AT_EDGE = 3;
/** Tokens to look through on either side: the inside of a long call may be many. */
const LOOKS = [1 << 12, 1 << 16, 1 << 19];

/** Counts what searching costs, to end when it is too much. */
export interface Effort {
  spent: number;
}

/** Undefined if nothing alike comes in either. */
export function findResyncPoint(
  a: FrameView,
  b: FrameView,
  effort: Effort,
): ResyncPoint | undefined {
  for (const look of LOOKS) {
    a.lookAt(look);
    b.lookAt(look);
    const places = fewestEdits(a, b, effort) ?? nearestRun(a, b, effort);
    if (places !== undefined) {
      effort.spent += a.looked + b.looked;
      return { skipA: a.tokensBefore(places[0]), skipB: b.tokensBefore(places[1]) };
    }
  }
  effort.spent += a.looked + b.looked;
  return undefined;
}

/**
 * Myers' search for the shortest way (An O(ND) Difference Algorithm, 1986) until it has found a long
 * enough run of equal places; gives the first that is more than chance on the way there.
 */
function fewestEdits(a: FrameView, b: FrameView, effort: Effort): [number, number] | undefined {
  const rows: Int32Array[] = [];
  // By diagonal: how far a was read.
  const far = new Int32Array(2 * MAX_EDITS + 3);
  const middle = MAX_EDITS + 1;
  for (let edits = 0; edits <= MAX_EDITS; edits++) {
    const sure = Math.min(Sure.most, Sure.least + edits);
    let best: [x: number, y: number] | undefined;
    let longest = -1;
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && far[middle + k - 1]! < far[middle + k + 1]!);
      let x = edits === 0 ? 0 : down ? far[middle + k + 1]! : far[middle + k - 1]! + 1;
      let y = x - k;
      const start = x;
      while (y >= 0 && a.has(x) && b.has(y) && a.equals(x, b, y)) {
        x++;
        y++;
      }
      far[middle + k] = x;
      effort.spent += x - start + 1;
      if (x - start > longest && (x - start >= sure || isEdge(a, b, x, y, x - start))) {
        longest = x - start;
        best = [start, start - k];
      }
    }
    rows.push(far.slice(middle - edits, middle + edits + 1));
    if (best !== undefined) return firstRun(rows, best);
  }
  return undefined;
}

/** Nothing more can be seen on one side after enough that is equal, or both traces end. */
function isEdge(a: FrameView, b: FrameView, x: number, y: number, equal: number): boolean {
  const [moreA, moreB] = [a.has(x), b.has(y)];
  if (moreA && moreB) return false;
  return equal >= AT_EDGE || (!moreA && !moreB && a.ended && b.ended);
}

/** Follows the way back from where it was found; gives where its first run of equal places begins. */
function firstRun(rows: readonly Int32Array[], end: [number, number]): [number, number] {
  let [x, y] = end;
  let first = end;
  for (let edits = rows.length - 1; edits > 0; edits--) {
    const row = rows[edits - 1]!;
    const reached = (k: number): number => row[k + edits - 1] ?? -1;
    const k = x - y;
    // As above: by leaving out one of b, or one of a.
    const down = k === -edits || (k !== edits && reached(k - 1) < reached(k + 1));
    const from = down ? reached(k + 1) : reached(k - 1);
    const diagonal = down ? k + 1 : k - 1;
    // The run of equal places that ended there.
    const begin = startOf(rows, edits - 1, diagonal);
    if (from - begin >= CHANCE) first = [begin, begin - diagonal];
    [x, y] = [begin, begin - diagonal];
  }
  return first;
}

/** Where the run of equal places on a diagonal began. */
function startOf(rows: readonly Int32Array[], edits: number, k: number): number {
  if (edits === 0) return 0;
  const row = rows[edits - 1]!;
  const reached = (diagonal: number): number => row[diagonal + edits - 1] ?? -1;
  const down = k === -edits || (k !== edits && reached(k - 1) < reached(k + 1));
  return down ? reached(k + 1) : reached(k - 1) + 1;
}

/** The coarser search: places in a row that both have, the nearest. */
const RUN = 8;
const MAX_PLACES = 1 << 14;

function nearestRun(a: FrameView, b: FrameView, effort: Effort): [number, number] | undefined {
  const first = new Map<string, number>();
  for (const [place, key] of runs(a)) if (!first.has(key)) first.set(key, place);
  let best: [number, number] | undefined;
  let least = Infinity;
  for (const [place, key] of runs(b)) {
    effort.spent += RUN;
    if (place >= least) break;
    const other = first.get(key);
    if (other === undefined || other + place >= least) continue;
    least = other + place;
    best = [other, place];
  }
  return best;
}

function* runs(view: FrameView): Iterable<[place: number, key: string]> {
  for (let place = 0; place < MAX_PLACES && view.has(place + RUN - 1); place++) {
    const numbers = Array.from({ length: RUN }, (_, i) => view.number(place + i));
    yield [place, numbers.join()];
  }
}
