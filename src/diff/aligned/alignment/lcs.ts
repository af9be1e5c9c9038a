/** The longest common subsequence of two lists of keys, for aligning code. */

/** Larger problems are split at keys that occur once in either list. */
const MAX_CELLS = 4_000_000;

/** Pairs of positions with equal keys, both rising. */
export function commonSubsequence(
  a: readonly string[],
  b: readonly string[],
): [a: number, b: number][] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let tail = 0;
  while (
    tail < Math.min(a.length, b.length) - start &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) {
    tail++;
  }
  const pairs: [number, number][] = [];
  for (let i = 0; i < start; i++) pairs.push([i, i]);
  const middleA = a.slice(start, a.length - tail);
  const middleB = b.slice(start, b.length - tail);
  for (const [i, j] of middle(middleA, middleB)) pairs.push([start + i, start + j]);
  for (let i = tail; i > 0; i--) pairs.push([a.length - i, b.length - i]);
  return pairs;
}

function middle(a: readonly string[], b: readonly string[]): [number, number][] {
  if (a.length === 0 || b.length === 0) return [];
  if (a.length * b.length <= MAX_CELLS) return table(a, b);
  const anchors = rising(uniquePairs(a, b));
  if (anchors.length === 0) return [];
  const pairs: [number, number][] = [];
  let fromA = 0;
  let fromB = 0;
  for (const [i, j] of [...anchors, [a.length, b.length] as [number, number]]) {
    const partA = a.slice(fromA, i);
    const partB = b.slice(fromB, j);
    if (partA.length * partB.length <= MAX_CELLS) {
      for (const [x, y] of table(partA, partB)) pairs.push([fromA + x, fromB + y]);
    }
    if (i < a.length) pairs.push([i, j]);
    fromA = i + 1;
    fromB = j + 1;
  }
  return pairs;
}

function table(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  const lengths = new Int32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}

function uniquePairs(a: readonly string[], b: readonly string[]): [number, number][] {
  const places = (list: readonly string[]): Map<string, number> => {
    const found = new Map<string, number>();
    for (const [i, key] of list.entries()) found.set(key, found.has(key) ? -1 : i);
    return found;
  };
  const inB = places(b);
  return [...places(a)].flatMap(([key, i]): [number, number][] => {
    const j = inB.get(key) ?? -1;
    return i >= 0 && j >= 0 ? [[i, j]] : [];
  });
}

/** The longest chain of pairs in which both rise; the pairs come in order of the first. */
function rising(pairs: readonly [number, number][]): [number, number][] {
  const ends: number[] = [];
  const before: number[] = [];
  for (const [k, [, j]] of pairs.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (pairs[ends[mid]!]![1] < j) low = mid + 1;
      else high = mid;
    }
    before[k] = low > 0 ? ends[low - 1]! : -1;
    ends[low] = k;
  }
  const chain: [number, number][] = [];
  for (let k = ends.at(-1) ?? -1; k >= 0; k = before[k]!) chain.push(pairs[k]!);
  return chain.reverse();
}
