/** Pairs what goes together best. */

/** Larger groups are paired in their order: so many scores take seconds. */
const MAX_SCORES = 1_000_000;

/**
 * Pairs elements of two lists one to one, the highest score first; of equal scores what stands
 * nearest to the same place in its list.
 */
export function assign<T>(
  a: readonly T[],
  b: readonly T[],
  score: (x: T, y: T) => number,
): [T, T][] {
  if (a.length * b.length > MAX_SCORES || (a.length === 1 && b.length === 1)) {
    return a.slice(0, b.length).map((x, i) => [x, b[i]!]);
  }
  const all = a.flatMap((x, i) => b.map((y, j) => ({ i, j, value: score(x, y) })));
  all.sort((p, q) => q.value - p.value || Math.abs(p.i - p.j) - Math.abs(q.i - q.j) || p.i - q.i);
  const takenA = new Set<number>();
  const takenB = new Set<number>();
  const pairs: [T, T][] = [];
  for (const { i, j } of all) {
    if (takenA.has(i) || takenB.has(j)) continue;
    takenA.add(i);
    takenB.add(j);
    pairs.push([a[i]!, b[j]!]);
  }
  return pairs;
}

/** Pairs elements whose keys are equal, and takes them out of both sets. */
export function assignByKey<T>(
  a: Set<T>,
  b: Set<T>,
  [keyA, keyB]: readonly [Key<T>, Key<T>],
  score: (x: T, y: T) => number,
): [T, T][] {
  const inB = groups(b, keyB);
  const pairs: [T, T][] = [];
  for (const [key, list] of groups(a, keyA)) {
    for (const [x, y] of assign(list, inB.get(key) ?? [], score)) {
      a.delete(x);
      b.delete(y);
      pairs.push([x, y]);
    }
  }
  return pairs;
}

/** Undefined for what is left alone. */
type Key<T> = (each: T) => string | undefined;

function groups<T>(set: ReadonlySet<T>, keyOf: Key<T>): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const each of set) {
    const key = keyOf(each);
    if (key === undefined) continue;
    const group = found.get(key);
    if (group === undefined) found.set(key, [each]);
    else group.push(each);
  }
  return found;
}

/** Members of both sets, of those of either: 0 to 1; 0 where both are empty. */
export function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const each of a) if (b.has(each)) both++;
  return both / Math.max(1, a.size + b.size - both);
}
