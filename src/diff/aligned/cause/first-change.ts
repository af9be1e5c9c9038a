/** The earliest code that differs and ran. */
import type { FunctionMatch } from '../alignment/alignment.js';
import type { Hunk } from '../alignment/hunks.js';
import type { ListedInstruction } from '../model/listing.js';
import type { Profile } from '../model/profile.js';

/** A change of the code, and the steps at which either run came to it. */
export interface FirstChange {
  readonly match: FunctionMatch;
  readonly hunk: Hunk;
  /** Where either came to it first: the step that ran it, or what follows where it has none of it. */
  readonly stepA: number;
  readonly stepB: number;
}

/** Undefined where no function that both builds ran has other code, as far as is known. */
export function firstChange(
  matches: readonly FunctionMatch[],
  a: Profile,
  b: Profile,
): FirstChange | undefined {
  let best: FirstChange | undefined;
  for (const match of matches) {
    for (const hunk of match.hunks ?? []) {
      const stepA = comesTo(hunk.a, hunk.nextA, a);
      const stepB = comesTo(hunk.b, hunk.nextB, b);
      if (stepA === undefined || stepB === undefined) continue;
      if (best === undefined || stepA < best.stepA) best = { match, hunk, stepA, stepB };
    }
  }
  return best;
}

function comesTo(
  code: readonly ListedInstruction[],
  next: ListedInstruction | undefined,
  { first }: Profile,
): number | undefined {
  const steps = [...code, ...(next === undefined ? [] : [next])]
    .map(({ id }) => (id < 0 ? -1 : first[id]!))
    .filter((step) => step >= 0);
  return steps.length === 0 ? undefined : Math.min(...steps);
}
