/** What is remembered of bits that did not change gives the same answers as looking afresh. */
import test from 'ava';
import fc from 'fast-check';
import { HeldBits, type RegisterRows } from '../../../src/trace/read/held-bits.js';

interface Write {
  readonly step: number;
  readonly value: bigint;
}

/** Rows of one register, and how many were gone through. */
class Rows implements RegisterRows {
  passed = 0;
  readonly #writes: readonly Write[];

  constructor(writes: readonly Write[]) {
    this.#writes = writes;
  }

  last(_register: number, before: number): Write | undefined {
    return this.#writes.findLast(({ step }) => step < before);
  }

  lastOther(
    _register: number,
    { from, before }: { from: number; before: number },
    mask: bigint,
    bits: bigint,
  ): Write | undefined {
    const rows = this.#writes.filter(({ step }) => step >= from && step < before);
    const found = rows.findLastIndex(({ value }) => (value & mask) !== bits);
    this.passed += rows.length - Math.max(found, 0);
    return rows[found];
  }

  next(_register: number, from: number): Write | undefined {
    return this.#writes.find(({ step }) => step >= from);
  }
}

/** The newest step that changed a bit, by its meaning: the value before it had other bits. */
function lastChange(writes: readonly Write[], mask: bigint, before: number): number {
  for (let i = writes.length - 1; i > 0; i--) {
    const { step, value } = writes[i]!;
    if (step < before && (value & mask) !== (writes[i - 1]!.value & mask)) return step;
  }
  return -1;
}

const history = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.bigInt({ min: 0n, max: 7n })), { maxLength: 40 })
  .map((pieces) => {
    const writes: Write[] = [{ step: -1, value: 0n }];
    for (const [gap, value] of pieces) writes.push({ step: writes.at(-1)!.step + gap, value });
    return writes;
  }); // prettier-ignore
const questions = fc.array(
  fc.tuple(fc.constantFrom(1n, 2n, 6n, 7n), fc.integer({ min: 0, max: 170 })),
  { minLength: 1, maxLength: 60 },
);

test('in whatever order they are asked for, changes are those of the rows', (t) => {
  fc.assert(
    fc.property(history, questions, (writes, asked) => {
      const held = new HeldBits(new Rows(writes));
      for (const [mask, before] of asked) {
        t.is(held.lastChange(16, mask, before), lastChange(writes, mask, before));
      }
    }),
    { numRuns: 500 },
  );
});

test('rows that were gone through are not gone through again', (t) => {
  const writes = Array.from({ length: 1000 }, (_, i) => ({ step: i - 1, value: BigInt(i % 2) }));
  const rows = new Rows(writes);
  const held = new HeldBits(rows);
  t.is(held.lastChange(16, 2n, 900), -1);
  const once = rows.passed;
  t.true(once > 800);
  t.is(held.lastChange(16, 2n, 500), -1);
  t.is(rows.passed, once);
  t.is(held.lastChange(16, 2n, 950), -1);
  t.true(rows.passed <= once + 51);
});
