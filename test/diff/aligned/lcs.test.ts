import test from 'ava';
import fc from 'fast-check';
import { commonSubsequence } from '../../../src/diff/aligned/alignment/lcs.js';
import { createRandom } from '../../helpers/random.js';

test('long code with few changes is aligned throughout', (t) => {
  const random = createRandom(7);
  const key = (): string => `k${random(50)}`;
  const a = Array.from({ length: 2100 }, key);
  const b = a.flatMap((each) => {
    const what = random(100);
    return what < 2 ? [] : what < 4 ? [key()] : what < 5 ? [each, key()] : [each];
  });
  t.true(commonSubsequence(a, b).length > 0.94 * a.length);
});

/** The length by the textbook's table. */
function longest(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const each of a) {
    const next = [0];
    for (const [j, other] of b.entries()) {
      next.push(each === other ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!));
    }
    row = next;
  }
  return row.at(-1)!;
}

test('what is found is common, in order, and the longest', (t) => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      const pairs = commonSubsequence(a, b);
      t.is(pairs.length, longest(a, b));
      for (const [k, [i, j]] of pairs.entries()) {
        t.is(a[i], b[j]);
        if (k > 0) t.true(pairs[k - 1]![0] < i && pairs[k - 1]![1] < j);
      }
    }),
  );
});
