/**
 * Over which states bits of a register are known to keep their value. Bits that hardly ever change (IF,
 * DF) among those that always do (ZF) are found by going through all changes of the register: once.
 */

/** States `from + 1` to `until` have the bits as step `from` left them; -1: as they were at state 0. */
interface Stretch {
  readonly from: number;
  until: number;
  readonly bits: bigint;
}

/** More of them are forgotten: it costs time alone. */
const MAX_STRETCHES = 4096;

/** How the rows of a register are looked up. */
export interface RegisterRows {
  /** The newest row before a step. */
  last(register: number, before: number): { step: number; value: bigint } | undefined;
  /** The newest row at a step from `from` up to, not including, `before` whose bits are not these. */
  lastOther(
    register: number,
    range: { readonly from: number; readonly before: number },
    mask: bigint,
    bits: bigint,
  ): { step: number } | undefined;
  /** The first row at step `from` or later. */
  next(register: number, from: number): { step: number } | undefined;
}

/** Finds changes of bits of registers, and remembers where there were none. */
export class HeldBits {
  readonly #rows: RegisterRows;
  /** In order of step, by register and mask. */
  readonly #known = new Map<string, Stretch[]>();
  #count = 0;

  constructor(rows: RegisterRows) {
    this.#rows = rows;
  }

  /** The newest step before `before` that changed one of the bits in `mask`; -1: none has. */
  lastChange(register: number, mask: bigint, before: number): number {
    const newest = this.#rows.last(register, before);
    if (newest === undefined || newest.step < 0) return -1;
    const stretches = this.#stretches(`${register} ${mask}`);
    const index = stretches.findLastIndex(({ from }) => from < before);
    const under = stretches[index];
    if (under !== undefined && before <= under.until) return under.from;
    const bits = newest.value & mask;
    const from = under?.until ?? -1;
    const other = this.#rows.lastOther(register, { from, before: newest.step }, mask, bits);
    if (other === undefined && under?.bits === bits) {
      under.until = before;
      return under.from;
    }
    // The row after it is the first that has the bits as they are; without one, the first of all.
    const start = other === undefined ? from : other.step + 1;
    const found = this.#rows.next(register, start)?.step ?? -1;
    stretches.splice(index + 1, 0, { from: found, until: before, bits });
    this.#count++;
    return found;
  }

  #stretches(key: string): Stretch[] {
    if (this.#count >= MAX_STRETCHES) {
      this.#known.clear();
      this.#count = 0;
    }
    let found = this.#known.get(key);
    if (found === undefined) this.#known.set(key, (found = []));
    return found;
  }
}
