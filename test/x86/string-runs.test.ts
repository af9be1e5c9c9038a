import test from 'ava';
import fc from 'fast-check';
import { elementsRound, stringRuns, wentDown } from '../../src/x86/string-runs.js';

const SIZES = [1, 2, 4, 8] as const;

/** Offsets and counts near where they wrap. */
const elements = fc
  .record({
    addressBits: fc.constantFrom(16 as const, 32 as const, 64 as const),
    size: fc.constantFrom(...SIZES),
    count: fc.integer({ min: 0, max: 40 }),
    down: fc.boolean(),
    near: fc.integer({ min: -150, max: 150 }),
    half: fc.boolean(),
  })
  .map(({ near, half, ...more }) => {
    const space = 2 ** Math.min(more.addressBits, 32);
    return { ...more, start: (near + (half ? space / 2 : space)) % space };
  });

/** Where each element begins, one by one, as an offset from the first. */
function naive({
  start,
  size,
  count,
  down,
  addressBits,
}: Parameters<typeof stringRuns>[0]): number[] {
  const mask = (1n << BigInt(addressBits)) - 1n;
  // Anywhere in 64 bits: it cannot wrap there.
  const first = BigInt(start) + (addressBits === 64 ? 1n << 40n : 0n);
  const found: number[] = [];
  for (let i = 0, at = first; i < count; i++) {
    found.push(Number(at - first));
    at = (at + BigInt(down ? -size : size)) & mask;
  }
  return found;
}

/** The same by runs. */
function expanded(given: Parameters<typeof stringRuns>[0]): number[] {
  const found: number[] = [];
  for (const { distance, first, count } of stringRuns(given)) {
    for (let i = 0; i < count; i++) {
      found[first + i] = distance + (given.down ? count - 1 - i : i) * given.size;
    }
  }
  return found;
}

test('runs have every element where stepping one by one comes to it', (t) => {
  fc.assert(
    fc.property(elements, (given) => {
      t.deepEqual(expanded(given), naive(given));
    }),
    { numRuns: 2000 },
  );
});

test('more than once round a segment: the same elements again', (t) => {
  for (const size of SIZES) {
    for (const down of [false, true]) {
      const round = elementsRound(size, 16);
      const given = { start: 0xfff1, size, count: 2 * round + 3, down, addressBits: 16 } as const;
      const found = expanded(given);
      t.deepEqual(found, naive(given));
      t.deepEqual(found.slice(round, 2 * round), found.slice(0, round));
      t.is(new Set(found.slice(0, round)).size, round);
    }
  }
  t.is(elementsRound(4, 32), 2 ** 30);
});

test('the way that the pointer went, from where it came to, unless both ways lead there', (t) => {
  const count = fc.oneof(fc.integer({ min: 1, max: 0xffff }), fc.constantFrom(0x4000, 0x8000));
  fc.assert(
    fc.property(elements, count, fc.nat(0xffffffff), (given, many, start) => {
      const space = 2 ** Math.min(given.addressBits, 32);
      const from = start % space;
      const by = many * given.size;
      const moved = ((((from + (given.down ? -by : by)) % space) + 2 * space) % space) - from;
      const sameBothWays = (2 * by) % space === 0;
      t.is(wentDown(moved, { ...given, count: many }), sameBothWays ? undefined : given.down);
      // As the halves of registers come: signed.
      t.is(wentDown(moved | 0, { ...given, count: many }), sameBothWays ? undefined : given.down);
    }),
    { numRuns: 2000 },
  );
});
