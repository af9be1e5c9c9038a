/** The change of the code that two builds part for, in one sentence. */
import { stepsText } from '../../exact/verdict.js';
import type { Pair } from '../../side.js';
import type { CodeCause } from './code-cause.js';

/** Where the code is another: in a, or in b where a has nothing there. */
export function causePlace({ a, b }: Pair, { change, name }: CodeCause): string {
  const { hunk } = change;
  const [inA, inB] = [hunk.a[0] ?? hunk.nextA, hunk.b[0] ?? hunk.nextB];
  if (inA !== undefined) return a.place(inA.address);
  return inB === undefined ? name : b.place(inB.address);
}

/** `siphash+0x1b0 has other code, first run at step 6801`. */
export function causeTitle(pair: Pair, cause: CodeCause): string {
  return `${causePlace(pair, cause)} has other code, first run at ${stepsText(cause.change)}`;
}
