/** The longest common subsequence of two lists of keys, for aligning code. */
import { lcs } from 'fast-myers-diff';

/**
 * Cells of the table that the lists span beyond which only their common ends are aligned: code that
 * differs throughout takes a second for every 20 million of them, so three seconds at most.
 */
const MAX_CELLS = 2 ** 26;

/** Pairs of positions with equal keys, both rising. */
export function commonSubsequence(
  a: readonly string[],
  b: readonly string[],
): [a: number, b: number][] {
  const numbers = new Map<string, number>();
  const numbered = (keys: readonly string[]): Int32Array =>
    Int32Array.from(keys, (key) => {
      let number = numbers.get(key);
      if (number === undefined) numbers.set(key, (number = numbers.size));
      return number;
    });
  const [numbersA, numbersB] = [numbered(a), numbered(b)];
  if (a.length * b.length > MAX_CELLS) return commonEnds(numbersA, numbersB);
  const pairs: [number, number][] = [];
  for (const [atA, atB, length] of lcs(numbersA, numbersB)) {
    for (let i = 0; i < length; i++) pairs.push([atA + i, atB + i]);
  }
  return pairs;
}

function commonEnds(a: Int32Array, b: Int32Array): [number, number][] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let tail = 0;
  while (tail < most - start && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return [
    ...Array.from({ length: start }, (_, i): [number, number] => [i, i]),
    ...Array.from({ length: tail }, (_, i): [number, number] => [
      a.length - tail + i,
      b.length - tail + i,
    ]),
  ];
}
