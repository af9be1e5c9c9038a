/** Seeded random numbers: the same guest for the same seed, on every machine. */
export class Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt(seed);
  }

  /** SplitMix64 (Steele, Lea, Flood 2014): 64 bits. */
  bits64(): bigint {
    this.#state = BigInt.asUintN(64, this.#state + 0x9e3779b97f4a7c15n);
    let z = this.#state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return Number(this.bits64() % BigInt(limit));
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** A value of `bits` bits; every other one is near an edge, where flags turn. */
  value(bits: number): bigint {
    const top = 1n << BigInt(bits - 1);
    const edge = (): bigint =>
      this.pick([0n, 1n, 2n, -1n, -2n, top, top - 1n, top + 1n, 0x7fn, 0x80n, 0xffn, 0xfn]);
    const value = this.chance(50) ? edge() : this.bits64();
    return BigInt.asUintN(bits, value);
  }
}
