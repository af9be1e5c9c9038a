/** A boot sector that asks its BIOS for everything, and boot sectors that people have. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { packageRoot } from '../../../src/base/package-root.js';
import { biosCode, BIOS_VECTORS, STUB_BYTES, STUBS_OFFSET } from '../../../src/guest/bios/thunk.js';
import { disassemble } from '../../../src/x86/iced.js';
import { kvmtrace } from '../../helpers/cli.js';
import { matchesGolden } from '../../helpers/golden.js';
import { kvmTest } from '../../helpers/kvm.js';
import { packagedTest } from '../../helpers/recorded-guest.js';
import { rowsOf } from '../../helpers/sql.js';
import { temporaryDirectory } from '../../helpers/temporary.js';

const SOURCE = fileURLToPath(new URL('test/guest/bios/guests/boot.S', packageRoot));

/** The four sectors of the guest. */
function buildDisk(): string {
  const directory = temporaryDirectory();
  const [object, disk] = [join(directory, 'boot.o'), join(directory, 'disk.img')];
  execFileSync('gcc', ['-c', '-m32', SOURCE, '-o', object]);
  execFileSync('ld', [
    '-m',
    'elf_i386',
    '-Ttext=0x7c00',
    '--oformat',
    'binary',
    object,
    '-o',
    disk,
  ]);
  return disk;
}

const lines = (text: string): string => text.replaceAll('\r\n', '\n');

kvmTest('every service of the BIOS does what boot sectors expect', (t) => {
  const disk = buildDisk();
  const before = readFileSync(disk);
  const directory = temporaryDirectory();
  const [output, keys] = [join(directory, 't.db'), join(directory, 'keys')];
  writeFileSync(keys, 'a\n');
  const args = ['record', disk, '-o', output, '--port-input', keys, '--snapshot-every', '2000'];
  const { code, stdout, stderr } = kvmtrace(args);
  t.is(code, 0, stderr);
  matchesGolden(t, 'guest/bios/boot.txt', lines(stdout));
  t.regex(stderr, /^The guest called what its firmware does not do: INT 13h AH=77h\.$/m);
  t.regex(
    stderr,
    /stopped by firmware-exit \(the guest waits for a key, and --port-input has no more\)/,
  );
  t.deepEqual(readFileSync(disk), before, 'the disk is never written');
  t.regex(kvmtrace(['replay', output]).stdout, /^identical: /);

  const steps = Number(rowsOf(output, "SELECT value FROM meta WHERE key = 'steps'")[0]![0]);
  for (const from of [2500, 7000, 11_000]) {
    const fork = join(temporaryDirectory(), 'fork.db');
    const forked = kvmtrace(['replay', output, '--from', `${from}`, '-o', fork]);
    t.is(forked.code, 0, forked.stderr);
    t.true(stdout.endsWith(forked.stdout), forked.stdout);
    t.is(Number(rowsOf(fork, "SELECT value FROM meta WHERE key = 'steps'")[0]![0]), steps - from);
  }
  writeFileSync(disk, 'another disk');
  const lost = kvmtrace(['replay', output, '--from', '2500', '-o', `${output}.2`]);
  t.is(lost.code, 2);
  t.regex(lost.stderr, /is not the disk that .* was recorded with/);
});

/** A boot sector of a Debian package. */
function sectorTest(path: string, debianPackage: string, says: RegExp): void {
  packagedTest(path, debianPackage, `${path} says its message`, (t) => {
    const output = join(temporaryDirectory(), 't.db');
    const { code, stdout, stderr } = kvmtrace(['record', path, '--format', 'boot', '-o', output]);
    t.is(code, 0, stderr);
    t.regex(stdout, says);
    t.regex(stderr, /firmware-exit \(the boot sector gave up \(INT 18h\)\)/);
    t.regex(kvmtrace(['replay', output]).stdout, /^identical: /);
  });
}

sectorTest('/usr/lib/grub/i386-pc/boot.img', 'grub-pc-bin', /^GRUB Read Error/);
sectorTest('/usr/lib/syslinux/mbr/mbr.bin', 'syslinux-common', /^Missing operating system\./);

test('stubs and common code disassemble to what their comments say', (t) => {
  const code = biosCode();
  const texts = (from: number, lengths: readonly number[]): string[] => {
    let at = from;
    return lengths.map((length) => {
      const text = disassemble(code.subarray(at, at + length), 16, BigInt(STUBS_OFFSET + at));
      at += length;
      return text;
    });
  };
  const common = STUB_BYTES * BIOS_VECTORS.length;
  const target = `0x${(STUBS_OFFSET + common).toString(16)}`;
  for (const index of BIOS_VECTORS.keys()) {
    t.deepEqual(texts(STUB_BYTES * index, [2, 1, 2, 3]), [
      'pushad',
      'push es',
      'out 0xea, al',
      `jmp ${target}`,
    ]);
  }
  t.deepEqual(texts(common, [2, 2, 2, 2, 2, 2, 2, 2, 3, 1, 2, 2, 1, 2, 1]), [
    ...['in ax, 0xea', 'test ax, ax', 'je short 0xe0c8', 'mov cx, ax', 'in ax, 0xea', 'mov es, ax'],
    ...[
      'in ax, 0xea',
      'mov di, ax',
      'mov dx, 0xea',
      'cld',
      'rep insb [di], dx',
      `jmp short ${target}`,
    ],
    ...['pop es', 'popad', 'iret'],
  ]);
});

test('options that a boot sector does not take', (t) => {
  const disk = buildDisk();
  const refused = (args: readonly string[], message: RegExp): void => {
    const { code, stderr } = kvmtrace([
      'record',
      disk,
      '-o',
      join(temporaryDirectory(), 't.db'),
      ...args,
    ]);
    t.is(code, 2, stderr);
    t.regex(stderr, message);
  };
  refused(['--mode', 'long'], /starts in real mode: leave --mode out/);
  refused(['--load', '0x8000'], /goes to 0x7c00: leave --load out, or give --format flat/);
  refused(['--memory', '64K'], /too little for a boot sector and its BIOS: give 1M or more/);
});
