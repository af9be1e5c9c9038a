import test from 'ava';
import fc from 'fast-check';
import { highWord, lowWord, wide, wideNumber } from '../../src/base/halves.js';

test('a value is what its words say, signed or not', (t) => {
  t.is(wide(-1, 0), 0xffff_ffffn);
  t.is(wide(0, -0x8000_0000), 1n << 63n);
  t.is(wideNumber(-1, 1), 0x1_ffff_ffff);
  t.is(lowWord(0x1_8000_0000n), -0x8000_0000);
  t.is(highWord(-1n), -1);
});

test('words go there and back', (t) => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (value) => {
      t.is(wide(lowWord(value), highWord(value)), value);
    }),
  );
  t.pass();
});
