import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadGuest, loadGuestBytes } from '../../../src/guest/formats/load.js';
import { buildElf } from './elf/elf-builder.js';
import { throwsInputError } from './errors.js';

const folder = mkdtempSync(join(tmpdir(), 'kvmtrace-load-'));
const file = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const code = Uint8Array.of(0x90, 0xf4);

test('the format is found from the first bytes', (t) => {
  const real = loadGuest(file('flat', code), { format: 'flat' });
  t.like(real.image, { format: 'flat', mode: 'real', entry: 0x7c00n });
  t.like(loadGuestBytes('x', code, { mode: 'long' }).image, { format: 'flat', mode: 'long' });
  t.like(loadGuestBytes('x', code, { load: 0x500n }).image, { format: 'flat', entry: 0x500n });
  t.like(loadGuest(file('elf', buildElf())).image, { format: 'elf', mode: 'long' });
  const flat = loadGuest(file('forced', buildElf()), { format: 'flat', mode: 'long' });
  t.like(flat.image, { format: 'flat', entry: 0x100000n });
});

test('the layout follows from the mode and --memory', (t) => {
  const { layout } = loadGuestBytes('x', buildElf(), { memory: 4 * 1024 ** 2 });
  t.is(layout.memorySize, 4 * 1024 ** 2);
  t.is(layout.slots.length, 2);
  t.is(loadGuestBytes('x', code, { format: 'flat' }).layout.slots.length, 1);
});

test('a file that is no guest is refused', (t) => {
  throwsInputError(t, () => loadGuest(join(folder, 'nothing')), 'There is no guest', 'nothing');
  throwsInputError(t, () => loadGuest(join(file('a', code), 'b')), 'There is no guest');
  throwsInputError(t, () => loadGuest(folder), 'directory');
  throwsInputError(t, () => loadGuest(file('empty', new Uint8Array())), 'empty');
  throwsInputError(t, () => loadGuest('/dev/zero'), 'regular file');
  throwsInputError(t, () => loadGuest('a\0b'), 'cannot be read');
  const huge = join(folder, 'huge');
  execFileSync('truncate', ['-s', '2G', huge]);
  throwsInputError(t, () => loadGuest(huge), '1G');
});

(process.getuid?.() === 0 ? test.skip : test)('a file without permission is refused', (t) => {
  const path = file('secret', code);
  chmodSync(path, 0);
  throwsInputError(t, () => loadGuest(path), 'not readable', 'chmod');
});

test('options that do not fit the format are refused', (t) => {
  const elf = buildElf();
  throwsInputError(t, () => loadGuestBytes('x', elf, { load: 0x1000n }), 'load');
  throwsInputError(t, () => loadGuestBytes('x', elf, { mode: 'real' }), 'mode');
  throwsInputError(t, () => loadGuestBytes('x', code, { format: 'elf' }), "format: 'flat'");
  t.notThrows(() => loadGuestBytes('x', elf, { mode: 'long' }));
});
