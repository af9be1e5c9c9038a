import type { DiffResult } from '../../diff/diff.js';

/** Two images so alike that the first step that differs means something: few bytes are others. */
export function sameLayout({
  exact,
  aligned,
  same,
}: Pick<DiffResult, 'exact' | 'aligned' | 'same'>): boolean {
  // Where only addresses differ there is no step to show.
  if (exact === undefined || same !== exact.same) return false;
  if (aligned === undefined) return true;
  // The change of the code is told already, with the way from it.
  if (aligned.cause?.leadsTo !== undefined) return false;
  const changed = aligned.functions.filter(({ codeChanged }) => codeChanged).length;
  return changed <= 1 && exact.initial.length <= 16;
}
