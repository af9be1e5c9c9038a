/** The text screen of a guest that writes to it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { glyph437 } from '../../src/base/code-page-437.js';
import { kvmtrace } from '../helpers/cli.js';
import { kvmTest } from '../helpers/kvm.js';
import { temporaryDirectory } from '../helpers/temporary.js';

// Writes "A" in white on blue to row 0, "░" in column 2 of row 1, and 0x03 ("♥") at the end of row 24.
const GUEST = [
  ...[0xb8, 0x00, 0xb8], // mov ax, 0xb800
  ...[0x8e, 0xc0], // mov es, ax
  ...[0x26, 0xc7, 0x06, 0x00, 0x00, 0x41, 0x1f], // mov word es:[0], 0x1f41
  ...[0x26, 0xc7, 0x06, 0xa4, 0x00, 0xb0, 0x07], // mov word es:[164], 0x07b0
  ...[0x26, 0xc7, 0x06, 0x9e, 0x0f, 0x03, 0x04], // mov word es:[3998], 0x0403
  0xf4, // hlt
];

function record(memory: string): string {
  const directory = temporaryDirectory();
  const [guest, output] = [join(directory, 'guest'), join(directory, 't.db')];
  writeFileSync(guest, Uint8Array.from(GUEST));
  const args = ['record', guest, '--mode', 'real', '--memory', memory, '-o', output];
  const { code, stderr } = kvmtrace(args);
  if (code !== 0) throw new Error(stderr);
  return output;
}

kvmTest('the screen of any state, as text and as JSON', (t) => {
  const output = record('1M');
  const at = (step: string): string => kvmtrace(['screen', output, '--at', step]).stdout;
  t.is(at('0'), '(the screen is empty)\n');
  t.is(at('3'), 'A\n');
  t.is(at('4'), 'A\n  ░\n');
  const lines = kvmtrace(['screen', output]).stdout.split('\n');
  t.is(lines.length, 26);
  t.is(lines[24], `${' '.repeat(79)}♥`);
  const json = JSON.parse(kvmtrace(['screen', output, '--format', 'json']).stdout) as {
    lines: string[];
    attributes: number[][];
    columns: number;
  };
  t.is(json.lines[0], 'A');
  t.deepEqual([json.attributes[0]![0], json.attributes[24]![79]], [0x1f, 0x04]);
  t.deepEqual([json.attributes.length, json.columns], [25, 80]);
});

kvmTest('a guest without memory there has no screen', (t) => {
  const { code, stderr } = kvmtrace(['screen', record('64K')]);
  t.is(code, 2);
  t.regex(
    stderr,
    /^kvmtrace: The guest has no memory at 0xb8000, .* record it with --memory 1M or more\.$/m,
  );
});

test('every byte has its own glyph but blanks', (t) => {
  const glyphs = Array.from({ length: 256 }, (_, byte) => glyph437(byte));
  t.deepEqual(
    glyphs.filter((glyph) => glyph.length !== 1),
    [],
  );
  t.is(new Set(glyphs).size, 255, '0 and 0x20 look the same');
  t.is(glyphs[0x7f], '⌂');
});
