/** Numbers from 0 up to, not including, `end`; the same ones in every run. */
export function createRandom(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    // xorshift32 (Marsaglia, 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}
