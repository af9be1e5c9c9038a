import test from 'ava';
import { memoryLayout } from '../../src/guest/memory-map.js';
import { throwsInputError } from './formats/errors.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const HOST = 128 * GIB;

test('memory up to 3 GiB is one slot at 0', (t) => {
  t.deepEqual(memoryLayout(3 * GIB, 'real', HOST).slots, [
    { slot: 0, gpa: 0, size: 3 * GIB, kind: 'ram' },
  ]);
});

test('memory beyond 3 GiB goes to 4 GiB, and the boot tables stay below', (t) => {
  t.deepEqual(memoryLayout(5 * GIB, 'long', HOST).slots, [
    { slot: 0, gpa: 0, size: 3 * GIB, kind: 'ram' },
    { slot: 1, gpa: 4 * GIB, size: 2 * GIB, kind: 'ram' },
    { slot: 2, gpa: 0xffff0000, size: 0x10000, kind: 'boot-tables' },
  ]);
});

test('absurd sizes are refused', (t) => {
  const sizes: [number, string][] = [
    [0, '0 bytes'],
    [-4096, '-4096'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [512 * 1024, '512K'],
    [MIB + 1, '4096-byte pages'],
    [65 * GIB, '64G'],
    [2 ** 60, '64G'],
  ];
  for (const [size, part] of sizes) {
    throwsInputError(t, () => memoryLayout(size, 'long', HOST), '`memory`', part);
  }
  throwsInputError(t, () => memoryLayout(2 * GIB, 'long', GIB), '2G', '1024M');
  t.is(memoryLayout(64 * 1024, 'real', HOST).memorySize, 65536);
  throwsInputError(t, () => memoryLayout(60 * 1024, 'real', HOST), '60K');
});
