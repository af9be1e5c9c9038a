/** What the emulated host is made of: missing, packed, or not allowed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { KvmtraceError } from '../../../src/base/errors.js';
import { hostKernels, readModule } from '../../../src/kvm/host/emulated/kernel.js';
import { EmulatedHost } from '../../../src/kvm/host/emulated/host.js';
import { findParts } from '../../../src/kvm/host/emulated/parts.js';
import { isOneSentence } from '../../helpers/sentence.js';
import { temporaryDirectory } from '../../helpers/temporary.js';
import { emulatedTest } from './emulated-test.js';
import { MAIN } from './processes.js';

const GUEST = new URL('../../../../guests/hello/hello.elf', import.meta.url).pathname;

/** Runs `record --host emulated`; all that it says on stderr. */
function record(env: NodeJS.ProcessEnv, prefix: readonly string[] = []) {
  const output = join(temporaryDirectory(), 't.db');
  const command = [...prefix, process.execPath, MAIN, 'record', GUEST, '-o', output];
  const [program, ...args] = [...command, '--host', 'emulated'];
  const { status, stderr } = spawnSync(program, args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { status, stderr, output };
}

emulatedTest('without QEMU it says how to get it', (t) => {
  const { status, stderr, output } = record({ PATH: temporaryDirectory() });
  t.is(status, 3);
  t.true(isOneSentence(stderr.trimEnd()), stderr);
  t.regex(stderr, /there is no qemu-system-x86_64 here: .*apt-get install qemu-system-x86/);
  t.false(existsSync(output));
});

emulatedTest('without a kernel it says how to get one', (t) => {
  const { KVMTRACE_CACHE: cache } = process.env;
  t.teardown(() => {
    if (cache === undefined) delete process.env['KVMTRACE_CACHE'];
    else process.env['KVMTRACE_CACHE'] = cache;
  });
  process.env['KVMTRACE_CACHE'] = temporaryDirectory();
  const error = t.throws(() => findParts(temporaryDirectory()), { instanceOf: KvmtraceError });
  t.is(error.exitCode, 3);
  t.true(isOneSentence(error.message));
  t.regex(error.message, /needs a Linux kernel with KVM for AMD .*kvmtrace host install/);
});

/** What packs and unpacks, where Node does not itself. */
const TOOLS: Readonly<Record<string, string>> = { xz: 'xz', zst: 'zstd' };
const isHere = (tool: string | undefined): boolean =>
  tool === undefined || spawnSync(tool, ['--version']).error === undefined;

/** Packs a module. */
const PACKERS: Readonly<Record<string, (module: string) => Uint8Array>> = {
  gz: (module) => gzipSync(readFileSync(module)),
  xz: (module) => execFileSync('xz', ['-c', '--check=crc32', module], { maxBuffer: 64 << 20 }),
  zst: (module) => execFileSync('zstd', ['-q', '-c', module], { maxBuffer: 64 << 20 }),
};

/** The kernel that is here in a root of its own, with packed modules. */
function packedRoot(suffix: string): string {
  const [kernel] = hostKernels();
  const root = temporaryDirectory();
  mkdirSync(join(root, 'boot'));
  symlinkSync(kernel!.image, join(root, 'boot', basename(kernel!.image)));
  for (const module of kernel!.modules) {
    const below = module.slice(module.indexOf('/lib/modules/') + 1);
    const path = join(root, `${below.replace(/\.ko.*/, '.ko')}.${suffix}`);
    mkdirSync(dirname(path), { recursive: true });
    const plain = join(temporaryDirectory(), 'module.ko');
    writeFileSync(plain, readModule(module));
    writeFileSync(path, PACKERS[suffix]!(plain));
  }
  return root;
}

for (const suffix of ['gz', 'xz', 'zst'].filter((each) => isHere(TOOLS[each]))) {
  emulatedTest(`modules packed as .ko.${suffix} are unpacked`, (t) => {
    const [kernel] = hostKernels();
    const root = packedRoot(suffix);
    const cache = process.env['KVMTRACE_CACHE'];
    process.env['KVMTRACE_CACHE'] = temporaryDirectory();
    try {
      const parts = findParts(root);
      t.true(parts.kernel.modules.length > 0);
      t.true(parts.kernel.modules.every((path) => path.endsWith(`.ko.${suffix}`)));
      parts.kernel.modules.forEach((path, i) => {
        const plain = readModule(kernel!.modules[i]!);
        t.true(Buffer.from(readModule(path)).equals(plain), path);
      });
      if (suffix !== 'gz') return;
      const host = EmulatedHost.start({ npt: true }, parts);
      t.true(host.open() > 2);
      host[Symbol.dispose]();
    } finally {
      if (cache === undefined) delete process.env['KVMTRACE_CACHE'];
      else process.env['KVMTRACE_CACHE'] = cache;
    }
  });
}

for (const limit of ['--fsize=1073741824', '--as=34359738368']) {
  emulatedTest(`within the limit ${limit} it says what it needs`, (t) => {
    const { status, stderr, output } = record({}, ['prlimit', limit]);
    t.is(status, 3, stderr);
    t.true(isOneSentence(stderr.trimEnd()), stderr);
    t.regex(stderr, /limit|memory/);
    t.false(existsSync(output));
  });
}

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

// For any other user all tests show that.
if (isRoot) {
  emulatedTest('an ordinary user can use it', (t) => {
    // The tree, the kernel and Node may lie where only root can read.
    const root = temporaryDirectory();
    const package_ = join(root, 'package');
    for (const name of [
      'dist/src',
      'agent',
      'guests/hello',
      'schema',
      'package.json',
      'node_modules',
    ]) {
      const from = new URL(`../../../../${name}`, import.meta.url).pathname;
      cpSync(from, join(package_, name), { recursive: true, dereference: true, filter: needed });
    }
    const [kernel] = hostKernels();
    const cache = kernel!.image.slice(0, kernel!.image.indexOf('/boot/'));
    cpSync(cache === '' ? '/boot' : cache, join(root, 'cache/kernel'), { recursive: true });
    cpSync(process.execPath, join(root, 'node'));
    execFileSync('chmod', ['-R', 'a+rX', root]);
    execFileSync('chmod', ['a+rx', dirname(root)]);
    const home = temporaryDirectory();
    execFileSync('chown', [String(NOBODY), home]);
    const user = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
    const args = [join(package_, 'dist/src/cli/main.js'), 'record'];
    const { status, stderr } = spawnSync(
      'setpriv',
      [
        ...user,
        ...[join(root, 'node'), ...args, join(package_, 'guests/hello/hello.elf')],
        ...['--host', 'emulated', '-o', join(home, 't.db')],
      ],
      {
        cwd: home,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: home, KVMTRACE_CACHE: join(root, 'cache') },
      },
    );
    t.is(status, 0, stderr);
    t.regex(stderr, /stopped by debug-exit/);
  });
}

/** Leaves out of node_modules what only development needs. */
function needed(path: string): boolean {
  return !/node_modules\/(?:\.cache|typescript|@typescript-eslint|eslint|prettier|ava)(?:\/|$)/.test(
    path,
  );
}
