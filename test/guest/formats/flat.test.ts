import test from 'ava';
import { memoryLayout } from '../../../src/guest/memory-map.js';
import { loadFlat } from '../../../src/guest/formats/flat.js';
import type { GuestMode } from '../../../src/guest/mode.js';
import { throwsInputError } from './errors.js';

const code = Uint8Array.of(0x90, 0xf4);
const MIB = 1024 ** 2;

function load(
  mode: GuestMode,
  options: { bytes?: Uint8Array; load?: bigint; entry?: bigint; memory?: number } = {},
) {
  const { bytes = code, memory = 16 * MIB, ...rest } = options;
  return loadFlat('The guest "x"', bytes, { mode, layout: memoryLayout(memory, mode), ...rest });
}

test('a real-mode guest goes where a boot sector does', (t) => {
  const image = load('real');
  t.like(image, { format: 'flat', mode: 'real', entry: 0x7c00n, symbols: [] });
  t.deepEqual(image.segments, [{ gpa: 0x7c00, data: code, memorySize: 2 }]);
  t.is(image.sha256, '84d6468169c3c3486c2f90c5c72530b1ee5b739436433e0a7de91fd6ab6747c7');
});

test('protected and long mode guests go to 1 MiB', (t) => {
  for (const mode of ['protected', 'long'] as const) {
    t.like(load(mode), { mode, entry: 0x100000n });
    t.is(load(mode).segments[0]?.gpa, 0x100000);
  }
});

test('load and entry are taken as given', (t) => {
  const image = load('long', { load: 0x2000n, entry: 0x2001n });
  t.is(image.entry, 0x2001n);
  t.is(image.segments[0]?.gpa, 0x2000);
  t.is(load('long', { load: 0n }).entry, 0n);
});

test('a guest above 4 GiB loads where there is memory', (t) => {
  const layout = memoryLayout(4 * 1024 * MIB, 'long', 2 ** 40);
  const image = loadFlat('x', code, { mode: 'long', layout, load: 0x100000000n });
  t.is(image.segments[0]?.gpa, 2 ** 32);
  throwsInputError(t, () => loadFlat('x', code, { mode: 'long', layout, load: 0xbfffffffn }));
});

test('what is outside of memory is refused', (t) => {
  throwsInputError(t, () => load('long', { load: BigInt(16 * MIB) }), '0x1000000', '16M', 'load');
  throwsInputError(t, () => load('long', { load: BigInt(16 * MIB - 1) }), 'the image', 'load');
  throwsInputError(t, () => load('long', { load: 0xffffffffffffffffn }), 'load');
  throwsInputError(t, () => load('long', { entry: 0x1000000n }), 'entry', '0x1000000');
  throwsInputError(t, () => load('long', { load: 0xffff0000n }), 'boot tables');
  throwsInputError(t, () => load('long', { bytes: new Uint8Array(17 * MIB) }), '16M');
});

test('real mode ends at 1 MiB', (t) => {
  t.is(load('real', { load: 0xffffen }).entry, 0xffffen);
  throwsInputError(t, () => load('real', { load: 0xfffffn }), '1 MiB', 'load');
  throwsInputError(t, () => load('real', { entry: 0x100000n }), '1 MiB', 'entry');
  throwsInputError(t, () => load('real', { memory: 65536, load: 0x10000n }), '64K');
});

test('an empty guest is refused', (t) => {
  throwsInputError(t, () => load('real', { bytes: new Uint8Array() }), 'empty');
});
