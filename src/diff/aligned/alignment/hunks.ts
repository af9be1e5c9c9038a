/** Where the code of a function is another in the other build, as `diff` has hunks of a text. */
import type { ListedInstruction } from '../model/listing.js';
import { commonSubsequence } from './lcs.js';

/** A place where the code of the two builds differs. */
export interface Hunk {
  /** What stands there in either build; one of them may be empty. */
  readonly a: readonly ListedInstruction[];
  readonly b: readonly ListedInstruction[];
  /** What follows in both; undefined at the end of the function. */
  readonly nextA: ListedInstruction | undefined;
  readonly nextB: ListedInstruction | undefined;
}

/** Fills up to where a loop begins; compilers put it where the code before happens to end. */
const PADDING = /^(?:nop|xchg ax, ax|int3?\b.*3)/;

/** The hunks of which something ran in either build. */
export function hunksOf(
  listA: readonly ListedInstruction[],
  listB: readonly ListedInstruction[],
): Hunk[] {
  const [a, b] = [withoutPadding(listA), withoutPadding(listB)];
  const equal = commonSubsequence(
    a.map(({ form }) => form.exact),
    b.map(({ form }) => form.exact),
  );
  const pairs = withSameTargets(a, b, equal);
  const hunks: Hunk[] = [];
  let [fromA, fromB] = [0, 0];
  for (const [i, j] of [...pairs, [a.length, b.length] as const]) {
    const [x, y] = withoutMoved(a.slice(fromA, i), b.slice(fromB, j));
    if (x.length + y.length > 0) hunks.push({ a: x, b: y, nextA: a[i], nextB: b[j] });
    [fromA, fromB] = [i + 1, j + 1];
  }
  return hunks.filter((hunk) => [...hunk.a, ...hunk.b].some(({ id }) => id >= 0));
}

function withoutPadding(list: readonly ListedInstruction[]): readonly ListedInstruction[] {
  return list.filter(({ text }) => !PADDING.test(text));
}

/** Without branches that read the same but go to different places. */
function withSameTargets(
  a: readonly ListedInstruction[],
  b: readonly ListedInstruction[],
  pairs: readonly (readonly [number, number])[],
): (readonly [number, number])[] {
  const counterpart = new Map(pairs.map(([i, j]) => [a[i]!.address, b[j]!.address]));
  const known = new Set(counterpart.values());
  return pairs.filter(([i, j]) => {
    const [from, to] = [a[i]!.target, b[j]!.target];
    if (from === undefined || to === undefined) return true;
    const expected = counterpart.get(from);
    // To code that changed, or to padding: that is told where it stands.
    return expected === undefined || !known.has(to) || expected === to;
  });
}

function isText({ form }: ListedInstruction): boolean {
  return form.exact.includes('@"');
}

/** Without those that name the end of the same variable, wherever that lies. */
function withoutMoved(
  a: readonly ListedInstruction[],
  b: readonly ListedInstruction[],
): [readonly ListedInstruction[], readonly ListedInstruction[]] {
  if (a.length !== b.length) return [a, b];
  const differs = (_: unknown, k: number): boolean => {
    const [x, y] = [a[k]!, b[k]!];
    // A text that lies behind a variable is known by what it says.
    return x.byEnd !== y.byEnd || isText(x) || isText(y);
  };
  return [a.filter(differs), b.filter(differs)];
}
