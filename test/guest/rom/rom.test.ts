/** ROMs at the top of 4 GiB: one of ours, and those of Debian. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { packageRoot } from '../../../src/base/package-root.js';
import { loadGuestBytes } from '../../../src/guest/formats/load.js';
import { kvmtrace } from '../../helpers/cli.js';
import { kvmTest } from '../../helpers/kvm.js';
import { packagedTest, recordsAndReplays } from '../../helpers/recorded-guest.js';
import { rowsOf } from '../../helpers/sql.js';
import { temporaryDirectory } from '../../helpers/temporary.js';
import { throwsInputError } from '../formats/errors.js';

const SOURCE = fileURLToPath(new URL('test/guest/rom/guests/rom.S', packageRoot));
const KIB = 1024;

function buildRom(): string {
  const directory = temporaryDirectory();
  const [object, rom] = [join(directory, 'rom.o'), join(directory, 'rom.bin')];
  execFileSync('gcc', ['-c', '-m32', SOURCE, '-o', object]);
  const link = ['-m', 'elf_i386', '-Ttext=0', '--oformat', 'binary'];
  execFileSync('ld', [...link, object, '-o', rom]);
  return rom;
}

kvmTest('a ROM starts at its reset vector, is RAM below 1 MiB and read-only below 4 GiB', (t) => {
  const rom = buildRom();
  // CR0, a signature in EDX, the same bytes at both places, one that was written, one that was not.
  const says = /^60000010 00000001 00000001 00000001 00000000 \n$/;
  const output = recordsAndReplays(t, [rom], { says, stops: /debug-exit .* code 7/ });
  const marker = readFileSync(rom).indexOf(Buffer.from([0x01, 0x00, 0xfe, 0xca]));
  t.deepEqual(rowsOf(output, 'SELECT gpa, direction, hex(data) FROM mmio'), [
    [BigInt(0xffff0000 + marker), 'write', '78563412'],
  ]);
  const slots = 'SELECT purpose, gpa, size, readonly FROM memory_slot ORDER BY gpa';
  t.deepEqual(rowsOf(output, slots), [
    ['ram', 0n, 64n * 1024n ** 2n, 0n],
    ['rom', 0xffff0000n, 0x10000n, 1n],
  ]);
  t.is(rowsOf(output, "SELECT value FROM meta WHERE key = 'guest_format'")[0]![0], 'rom');
});

const SEABIOS = '/usr/share/seabios/bios.bin';

packagedTest(SEABIOS, 'seabios', 'SeaBIOS says its version and reads fw_cfg by DMA', (t) => {
  const output = recordsAndReplays(t, [SEABIOS, '--max-steps', '6000'], {
    says: /^SeaBIOS \(version 1\.[^]*Running on QEMU \(i440fx\)\nFound QEMU fw_cfg\nQEMU fw_cfg DMA interface supported\n/,
    stops: /^6000 steps, stopped by max-steps/m,
  });
  const dma = `SELECT i.step, i.value, count(*), p.port, text FROM input_value i
    JOIN memory_write m USING (step) JOIN port_io p USING (step) JOIN steps s ON s.id = i.step
    WHERE i.kind = 'dma' GROUP BY i.step LIMIT 1`;
  const [step, bytes, rows, port, text] = rowsOf(output, dma)[0]!;
  // The item's id, and the control word of the command.
  t.deepEqual([bytes, port, text], [8n, 0x518n, 'out dx, eax']);
  t.true((rows as bigint) > 0n);
  const from = kvmtrace(['replay', output, '--from', String(step)]);
  t.regex(from.stdout, /^identical: /);
  const fork = join(temporaryDirectory(), 'fork.db');
  const forked = kvmtrace(['replay', output, '--from', '3000', '-o', fork, '--max-steps', '3000']);
  t.is(forked.code, 0, forked.stderr);
  const last = 'SELECT id, rip FROM steps ORDER BY id DESC LIMIT 1';
  const [[end, rip]] = rowsOf(output, last) as [[bigint, bigint]];
  t.deepEqual(rowsOf(fork, last), [[end - 3000n, rip]]);
});

/** A file of `size` bytes with code at its reset vector, and more at its beginning. */
function fileOf(size: number, code: readonly number[], start: readonly number[] | string = []) {
  const bytes = new Uint8Array(size).fill(0xff);
  bytes.set(code, size - 16);
  bytes.set(typeof start === 'string' ? Buffer.from(start, 'latin1') : start);
  return bytes;
}

const FAR_JUMP = [0xea, 0x5b, 0xe0, 0x00, 0xf0];

test('a ROM is known by its size and what stands at its reset vector', (t) => {
  for (const size of [64, 128, 256, 1024, 16 * 1024]) {
    const { image, layout } = loadGuestBytes('x', fileOf(size * KIB, FAR_JUMP));
    t.is(image.format, 'rom');
    const [shadow, rom] = image.segments;
    t.is(rom!.gpa + rom!.data.length, 2 ** 32);
    t.is(shadow!.gpa + shadow!.data.length, 2 ** 20);
    t.is(shadow!.data.length, Math.min(size, 128) * KIB);
    t.is(layout.slots.at(-1)!.size, size * KIB);
  }
  const volume = fileOf(892 * 4 * KIB, [0x90, 0x90, 0xe9]);
  volume.set(Buffer.from('_FVH'), 0x28);
  t.is(loadGuestBytes('x', volume).image.format, 'rom', 'of any number of pages');
});

test('what is no ROM', (t) => {
  const refused = (bytes: Uint8Array, message: string): void => {
    throwsInputError(t, () => loadGuestBytes('x', bytes), message);
  };
  refused(fileOf(64 * KIB, [0x00]), 'is of no known kind');
  refused(fileOf(65 * KIB, FAR_JUMP), 'is of no known kind');
  refused(fileOf(32 * 1024 * KIB, FAR_JUMP), 'is of no known kind');
  const blank = fileOf(128 * KIB, []);
  blank.set(Buffer.from('_FVH'), 0x28);
  refused(blank, 'is a UEFI firmware volume: give the image that has the code');
  const boot = fileOf(64 * KIB, FAR_JUMP);
  boot.set([0x55, 0xaa], 510);
  t.is(loadGuestBytes('x', boot).image.format, 'boot');
  const asFlat = loadGuestBytes('x', fileOf(64 * KIB, FAR_JUMP), { mode: 'real', load: 0x1000n });
  t.is(asFlat.image.format, 'flat');
});

test('options that a ROM does not take', (t) => {
  const rom = join(temporaryDirectory(), 'rom');
  writeFileSync(rom, fileOf(64 * KIB, FAR_JUMP));
  for (const [option, value] of [
    ['--mode', 'real'],
    ['--load', '0x1000'],
    ['--entry', '0x1000'],
  ] as const) {
    const { code, stderr } = kvmtrace(['record', rom, '--format', 'rom', option, value]);
    t.is(code, 2);
    t.regex(stderr, new RegExp(`is a ROM, which ends at 4 GiB .*: leave ${option} out`));
  }
  const small = kvmtrace(['record', rom, '--memory', '512K']);
  t.regex(small.stderr, /--memory is too little for a ROM/);
  writeFileSync(rom, readFileSync(rom).subarray(1));
  const odd = kvmtrace(['record', rom, '--format', 'rom']);
  t.is(odd.code, 2);
  t.regex(odd.stderr, /has 65535 bytes: a ROM has whole pages of 4096 bytes, at most 16M\./);
});

kvmTest('without devices every port reads as all ones, and a fork has none either', (t) => {
  const directory = temporaryDirectory();
  const [guest, output] = [join(directory, 'guest'), join(directory, 't.db')];
  // in al, 0x21; mov bl, al; in al, 0x64; hlt
  writeFileSync(guest, Uint8Array.of(0xe4, 0x21, 0x88, 0xc3, 0xe4, 0x64, 0xf4));
  const args = ['record', guest, '--mode', 'real', '-o', output, '--force'];
  const read = (path: string) =>
    rowsOf(path, 'SELECT rax & 255, rbx & 255 FROM steps ORDER BY id DESC LIMIT 1')[0];
  t.is(kvmtrace(args).code, 0);
  t.deepEqual(read(output), [0x10n, 0xffn]);
  const { code, stderr } = kvmtrace([...args, '--machine', 'none']);
  t.is(code, 0, stderr);
  t.deepEqual(read(output), [0xffn, 0xffn]);
  t.regex(kvmtrace(['replay', output]).stdout, /^identical: /);
  const fork = join(directory, 'fork.db');
  const forked = kvmtrace(['replay', output, '--from', '1', '-o', fork]);
  t.is(forked.code, 0, forked.stderr);
  t.deepEqual(read(fork), [0xffn, 0xffn]);
});

test('more than one processor is refused', (t) => {
  const { code, stderr } = kvmtrace(['record', 'x', '--smp', '2']);
  t.is(code, 2);
  t.regex(stderr, /--smp 2: kvmtrace records guests with one processor; leave --smp out\./);
});
