/** Instructions of a function that one build alone has, for people: which constant is another, say. */
import type { Body } from '../model/blocks.js';
import type { Hunk } from './hunks.js';

/** An instruction of one build, and what stands there in the other. */
export interface ChangedInstruction {
  /** Disassembly; undefined where the other build has more of them. */
  readonly a: string | undefined;
  readonly b: string | undefined;
}

/** With more, the function was compiled anew, and lines side by side tell nothing. */
const MAX_CHANGED = 4;

/** The same of hunks. */
export function changesOf(hunks: readonly Hunk[]): readonly ChangedInstruction[] {
  const changes = hunks.flatMap(({ a, b }) =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, i) => ({
      a: a[i]?.text,
      b: b[i]?.text,
    })),
  );
  return changes.length > MAX_CHANGED ? [] : changes;
}

/** What changed in code that is the same for the rest; nothing of code that is another in many places. */
export function changedCode(a: Body, b: Body): readonly ChangedInstruction[] {
  const onlyA = without(a, b);
  const onlyB = without(b, a);
  const count = Math.max(onlyA.length, onlyB.length);
  if (count > MAX_CHANGED) return [];
  return Array.from({ length: count }, (_, i) => ({ a: onlyA[i], b: onlyB[i] }));
}

/** The disassembly of what has no equal in the other code, in order. */
function without({ code, forms }: Body, other: Body): string[] {
  const left = new Map<string, number>();
  for (const { exact } of other.forms) left.set(exact, (left.get(exact) ?? 0) + 1);
  return code.flatMap(({ text }, i) => {
    const { exact } = forms[i]!;
    const count = left.get(exact) ?? 0;
    if (count === 0) return [text];
    left.set(exact, count - 1);
    return [];
  });
}
