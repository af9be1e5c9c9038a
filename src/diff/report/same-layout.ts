import type { DiffResult } from '../diff.js';

/** Two images so alike that the first step that differs means something: few bytes are others. */
export function sameLayout({ exact, aligned }: Pick<DiffResult, 'exact' | 'aligned'>): boolean {
  if (exact === undefined) return false;
  if (aligned === undefined) return true;
  const changed = aligned.functions.filter(({ codeChanged }) => codeChanged).length;
  return changed <= 1 && exact.initial.length <= 16;
}
