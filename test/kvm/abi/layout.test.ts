import test from 'ava';
import fc from 'fast-check';
import {
  arrayOf,
  byteArray,
  s32,
  u16,
  u32,
  u64,
  u64Array,
  u8,
} from '../../../src/kvm/abi/layout.js';
import { struct, union } from '../../../src/kvm/abi/struct.js';

const inner = struct('', { a: u8, b: u32 });
const outer = struct('', {
  first: u8,
  wide: u64,
  half: u16,
  nested: inner,
  list: arrayOf(inner, 2),
  raw: byteArray(3),
  words: u64Array(2),
  signed: s32,
});

test('fields are aligned and the size is a multiple of the largest alignment', (t) => {
  t.is(inner.sizeBytes, 8);
  t.deepEqual(
    { ...outer.offsets },
    { first: 0, wide: 8, half: 16, nested: 20, list: 28, raw: 44, words: 48, signed: 64 },
  );
  t.is(outer.sizeBytes, 72);
});

test('the members of a union lie over each other', (t) => {
  const both = union('', { word: u32, bytes4: byteArray(4) }).allocate({ word: 0x04030201 });
  t.deepEqual([...both.bytes4], [1, 2, 3, 4]);
});

test('every field keeps what is written to it and leaves the others alone', (t) => {
  const big = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const word = fc.nat({ max: 0xffff_ffff });
  fc.assert(
    fc.property(word, big, big, fc.integer(), (b, wide, last, signed) => {
      const made = outer.allocate({ first: 1, wide, half: 0xffff, signed });
      made.nested.b = b;
      made.list[1]!.b = b;
      made.words[1] = last;
      made.raw.set([7, 8, 9]);
      const again = outer.over(made.bytes.slice());
      t.is(again.first, 1);
      t.is(again.wide, wide);
      t.is(again.half, 0xffff);
      t.is(again.nested.b, b);
      t.is(again.nested.a, 0);
      t.deepEqual([again.list[0]!.b, again.list[1]!.b], [0, b]);
      t.deepEqual([...again.raw], [7, 8, 9]);
      t.deepEqual([...again.words], [0n, last]);
      t.is(again.signed, signed);
    }),
  );
});

test('an accessor is over the bytes, not a copy of them', (t) => {
  const made = outer.allocate();
  made.bytes[16] = 0x34;
  t.is(made.half, 0x34);
  made.nested = inner.allocate({ a: 5, b: 6 });
  t.is(made.bytes[20], 5);
  t.is(made.nested.b, 6);
});

test('arrays of another length are refused', (t) => {
  const made = outer.allocate();
  t.throws(() => (made.raw = new Uint8Array(4)), { message: /3 bytes belong here, not 4/ });
  t.throws(() => (made.words = new BigUint64Array(1)), { message: /not 1/ });
  t.throws(() => (made.list = []), { message: /2 elements belong here, not 0/ });
});
