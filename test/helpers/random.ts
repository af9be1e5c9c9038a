/** Numbers that look random and are the same in every run. */

/** Numbers from 0 up to, not including, `end`. */
export type Random = (end: number) => number;

export function createRandom(seed: number): Random {
  let state = seed | 1;
  return (end) => {
    // xorshift32 (Marsaglia, 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}
