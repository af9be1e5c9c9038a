/** Kernels by three boot protocols, packed and position-independent guests: each prints what it was told. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { packageRoot } from '../../../../src/base/package-root.js';
import { kvmtrace } from '../../../helpers/cli.js';
import { matchesGolden } from '../../../helpers/golden.js';
import { fewer, kvmEmulated, kvmTest } from '../../../helpers/kvm.js';
import { rowsOf } from '../../../helpers/sql.js';
import { temporaryDirectory } from '../../../helpers/temporary.js';

const FOLDER = fileURLToPath(new URL('test/guest/formats/kernels/', packageRoot));
const FLAGS = [
  ...['-O1', '-ffreestanding', '-nostdlib', '-fno-stack-protector', '-mgeneral-regs-only'],
  ...[
    '-fcf-protection=none',
    '-Wl,--build-id=none',
    '-Wl,-z,noexecstack',
    '-Wl,--no-warn-rwx-segments',
  ],
  ...['-fno-asynchronous-unwind-tables', '-fno-builtin'],
];

function build(name: string, source: string, flags: readonly string[]): string {
  const output = join(temporaryDirectory(), name);
  execFileSync('gcc', [...FLAGS, ...flags, join(FOLDER, source), '-o', output]);
  return output;
}

function kernel(name: string, define: string): string {
  const flags = ['-m32', '-fno-pic', '-no-pie', '-static', '-T', join(FOLDER, 'kernel.ld')];
  return build(name, 'kernel.c', [...flags, ...(define === '' ? [] : [`-D${define}`])]);
}

interface Recorded {
  readonly stdout: string;
  readonly trace: string;
}

function record(guest: string, args: readonly string[]): Recorded {
  const trace = join(temporaryDirectory(), 't.db');
  const { code, stdout, stderr } = kvmtrace(['record', guest, '-o', trace, ...args]);
  if (code !== 0) throw new Error(stderr);
  return { stdout, trace };
}

const KERNELS = [
  { format: 'multiboot', name: 'multiboot1', define: 'MULTIBOOT=1' },
  { format: 'multiboot', name: 'multiboot2', define: 'MULTIBOOT=2' },
  { format: 'pvh', name: 'pvh', define: '' },
];

for (const { format, name, define } of KERNELS) {
  kvmTest(`a kernel of ${name} is told its command line, modules and memory`, (t) => {
    const guest = kernel(`${name}.elf`, define);
    const module = join(temporaryDirectory(), 'module');
    writeFileSync(module, 'in the module\n');
    const args = ['--append', 'root=/dev/null quiet', '--module', `${module} one two`];
    const { stdout, trace } = record(guest, args);
    matchesGolden(t, `guest/kernels/${name}.txt`, stdout);
    const meta = rowsOf(trace, "SELECT value FROM meta WHERE key = 'guest_format'");
    t.is(meta[0]![0], format);
    t.regex(kvmtrace(['replay', trace]).stdout, /^identical: /);
  });
}

kvmTest('a packed kernel is unpacked, and named by the hash of the file', (t) => {
  const guest = kernel('kernel.elf', 'MULTIBOOT=1');
  const packed = `${guest}.gz`;
  writeFileSync(packed, gzipSync(readFileSync(guest)));
  const [plain, unpacked] = [record(guest, []), record(packed, [])];
  t.is(unpacked.stdout, plain.stdout);
  const hash = (trace: string): unknown =>
    rowsOf(trace, "SELECT value FROM meta WHERE key = 'guest_sha256'")[0]![0];
  t.not(hash(unpacked.trace), hash(plain.trace));
});

test('a packed file that is cut off is refused', (t) => {
  const packed = join(temporaryDirectory(), 'cut.gz');
  writeFileSync(packed, gzipSync(Buffer.alloc(4096, 7)).subarray(0, 20));
  const { code, stderr } = kvmtrace(['record', packed, '-o', join(temporaryDirectory(), 't.db')]);
  t.is(code, 2);
  t.regex(stderr, /compressed with gzip and is cut off or damaged/);
});

kvmTest('a position-independent executable runs wherever it is put', (t) => {
  const flags = [
    '-m64',
    '-fPIE',
    '-static-pie',
    '-mno-red-zone',
    '-Wl,-e,start',
    '-Wl,-z,max-page-size=4096',
  ];
  for (const more of [[], ['-Wl,-z,pack-relative-relocs']]) {
    const guest = build('pie.elf', 'pie.c', [...flags, ...more]);
    const { stdout } = record(guest, []);
    t.is(stdout, 'at 0x100000: one two three\n');
    const moved = record(guest, ['--load', '0x300000']);
    t.is(moved.stdout, 'at 0x300000: one two three\n');
    const calls = kvmtrace(['calls', moved.trace]);
    t.regex(calls.stdout, /print/, 'symbols move with it');
  }
});

test('what a kernel does not take is refused', (t) => {
  const guest = kernel('kernel.elf', 'MULTIBOOT=1');
  const output = join(temporaryDirectory(), 't.db');
  const refused = (args: readonly string[], message: RegExp): void => {
    const { code, stderr } = kvmtrace(['record', guest, '-o', output, ...args]);
    t.is(code, 2, stderr);
    t.regex(stderr, message);
    t.false(existsSync(output));
  };
  refused(['--mode', 'long'], /starts in protected mode: leave --mode out/);
  refused(['--load', '1M'], /says itself where it goes: leave --load out/);
  refused(['--module', '/none/at/all'], /--module "\/none\/at\/all" cannot be read \(ENOENT\)/);
  refused(['--format', 'linux'], /no header of a Linux kernel/);
  refused(['--format', 'pvh'], /no PVH entry/);
});

test('a multiboot kernel that is neither an ELF nor says where it goes is refused', (t) => {
  const flat = join(temporaryDirectory(), 'kernel.bin');
  const bytes = Buffer.alloc(8192);
  bytes.writeUInt32LE(0x1badb002, 4096);
  bytes.writeUInt32LE(3, 4100);
  bytes.writeUInt32LE(2 ** 32 - 0x1badb002 - 3, 4104);
  writeFileSync(flat, bytes);
  const { code, stderr } = kvmtrace(['record', flat, '-o', join(temporaryDirectory(), 't.db')]);
  t.is(code, 2);
  t.regex(stderr, /is no ELF, and its multiboot header says no addresses/);
});

/** The kernel of the emulated host, where it is installed, or one of this machine. */
function linuxImage(): string | undefined {
  const cache = process.env['KVMTRACE_CACHE'] ?? join(homedir(), '.cache/kvmtrace');
  for (const directory of [join(cache, 'kernel/boot'), '/boot']) {
    const names = existsSync(directory) ? readdirSync(directory) : [];
    const image = names.find((name) => name.startsWith('vmlinuz-'));
    if (image !== undefined) return join(directory, image);
  }
  return undefined;
}

const image = linuxImage();
const linuxTest: typeof kvmTest = (title, body) => {
  if (image === undefined && process.env['KVMTRACE_REQUIRE_QEMU'] !== '1') test.skip(title, body);
  else kvmTest(title, body);
};

linuxTest('a Linux kernel starts at its 64-bit entry and finds its command line', (t) => {
  // Soon it copies itself, which takes a KVM that stops after each iteration minutes.
  const steps = String(fewer(3000) / 10);
  const args = ['--append', 'earlyprintk=serial,ttyS0 nokaslr', '--max-steps', steps];
  const { trace } = record(image!, args);
  const meta = rowsOf(
    trace,
    "SELECT value FROM meta WHERE key IN ('guest_format', 'mode') ORDER BY key",
  );
  t.deepEqual(meta.flat(), ['linux', 'long']);
  const state = kvmtrace(['state', trace, '--at', '0', '--memory', '0x20000:32']);
  t.regex(state.stdout, /rsi 0x0+10000\b/);
  t.regex(state.stdout, /earlyprintk=seri/);
  const small = kvmtrace(['record', image!, '-o', `${trace}.2`, '--memory', '16M']);
  t.is(small.code, 2);
  t.regex(
    small.stderr,
    /needs memory up to 0x[0-9a-f]+ to unpack itself: give --memory [0-9]+M or more/,
  );
});

// Some 700,000 steps: minutes on the emulated host.
const consoleTest: typeof kvmTest = kvmEmulated ? test.skip : linuxTest;
consoleTest('a Linux kernel gets to its first console line', (t) => {
  const args = [
    '--append',
    'earlyprintk=serial,ttyS0 nokaslr',
    '--max-steps',
    '700000',
    '--no-fpu',
  ];
  const { stdout } = record(image!, args);
  t.regex(stdout, /KASLR disabled: 'nokaslr' on cmdline\./);
});
