import test from 'ava';
import fc from 'fast-check';
import { formatSize, parseAddress, parseSize } from '../../src/base/sizes.js';
import { throwsInputError } from '../guest/formats/errors.js';

test('sizes take bytes, hexadecimal and units of 1024', (t) => {
  const sizes: [string, number][] = [
    ['4096', 4096],
    ['0x1000', 4096],
    ['64K', 65536],
    ['64k', 65536],
    ['16M', 16 * 1024 ** 2],
    ['16MB', 16 * 1024 ** 2],
    ['16MiB', 16 * 1024 ** 2],
    ['2G', 2 * 1024 ** 3],
    ['0x10M', 16 * 1024 ** 2],
    ['0x1b', 27],
  ];
  for (const [text, size] of sizes) t.is(parseSize(text, '--memory'), size, text);
});

for (const text of ['', 'lots', '-1', '-16M', '1.5G', '16X', '0x', 'M', 'NaN', '1e6', '16 M']) {
  test(`${JSON.stringify(text)} is no size and no address`, (t) => {
    throwsInputError(t, () => parseSize(text, '--memory'), '--memory', JSON.stringify(text));
    throwsInputError(t, () => parseAddress(text, '--load'), '--load', JSON.stringify(text));
  });
}

test('zero and astronomic sizes are refused', (t) => {
  throwsInputError(t, () => parseSize('0', '--memory'), '--memory 0');
  throwsInputError(t, () => parseSize('9999999T', '--memory'), '9999999T');
});

test('addresses are 64-bit', (t) => {
  t.is(parseAddress('0x7c00', '--load'), 0x7c00n);
  t.is(parseAddress('1048576', '--load'), 0x100000n);
  t.is(parseAddress('1M', '--load'), 0x100000n);
  t.is(parseAddress('0', '--load'), 0n);
  t.is(parseAddress('0xffffffff80000000', '--entry'), 0xffffffff80000000n);
  throwsInputError(t, () => parseAddress('0x10000000000000000', '--entry'), '64 bits');
});

test('a formatted size parses to itself', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (size) => {
      t.is(parseSize(formatSize(size).replace(' bytes', ''), '--memory'), size);
    }),
  );
  t.is(formatSize(64 * 1024 ** 2), '64M');
  t.is(formatSize(3 * 1024 ** 3), '3G');
  t.is(formatSize(4097), '4097 bytes');
  t.is(formatSize(0), '0 bytes');
});
