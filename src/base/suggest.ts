import { closest, distance } from 'fastest-levenshtein';

/** Letters that may be wrong: of short words fewer, or anything would be like anything; two swapped are two. */
function tolerance(word: string): number {
  return word.length < 5 ? 1 : Math.max(2, Math.floor(word.length / 3));
}

/** ` (did you mean steps?)`, or nothing where no candidate is like the word. */
export function suggestion(word: string, candidates: readonly string[], prefix = ''): string {
  if (candidates.length === 0) return '';
  const begun = candidates.find((each) => word !== '' && each.startsWith(word));
  const found = begun ?? closest(word, candidates);
  const isLike = begun !== undefined || distance(word, found) <= tolerance(word);
  return isLike ? ` (did you mean ${prefix}${found}?)` : '';
}
