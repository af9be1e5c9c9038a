/** The saved state of a booted machine: made once, gone on from by all who follow, and never relied on. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EmulatedHost } from '../../../src/kvm/host/emulated/host.js';
import { cacheDirectory } from '../../../src/kvm/host/emulated/kernel.js';
import { removeOldStates } from '../../../src/kvm/host/emulated/state-path.js';
import { Kvm } from '../../../src/kvm/kvm.js';
import { enter } from './enter.js';
import test, { type ExecutionContext } from 'ava';
import { temporaryDirectory } from '../../helpers/temporary.js';
import { realMode } from '../real-mode.js';
import { emulatedTest } from './emulated-test.js';

const NPT = { npt: true };

/** A cache directory of its own, with the kernels of the usual one. */
function emptyCache(): string {
  const kernels = join(cacheDirectory(), 'kernel');
  const directory = temporaryDirectory();
  mkdirSync(kernels, { recursive: true });
  symlinkSync(kernels, join(directory, 'kernel'));
  return directory;
}

function withEnvironment<T>(variables: Readonly<Record<string, string>>, use: () => T): T {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return use();
  } finally {
    process.env = before;
  }
}

function states(cache: string): string[] {
  try {
    return readdirSync(join(cache, 'state')).map((name) => join(cache, 'state', name));
  } catch {
    return [];
  }
}

/** Starts a machine with a cache directory, has a guest run in it, and ends it. */
function use(t: ExecutionContext, cache: string, more = {}): void {
  using host = withEnvironment({ KVMTRACE_CACHE: cache, ...more }, () => EmulatedHost.start(NPT));
  // out 0x80, al; hlt
  const { vcpu } = realMode(t, Uint8Array.of(0xe6, 0x80, 0xf4), { host });
  t.is(enter(vcpu), 0);
  t.like(vcpu.run.exit(), { kind: 'io', port: 0x80 });
  t.is(enter(vcpu), 0);
  t.deepEqual(vcpu.run.exit(), { kind: 'hlt' });
}

emulatedTest('the first machine saves its state and the next goes on from it', (t) => {
  const cache = emptyCache();
  use(t, cache);
  const [path, ...others] = states(cache);
  t.deepEqual(others, []);
  t.is(statSync(path!).mode & 0o777, 0o600);
  const { ino } = statSync(path!);
  use(t, cache);
  use(t, cache);
  t.deepEqual(states(cache), [path]);
  t.is(statSync(path!).ino, ino, 'nobody wrote another');
});

for (const [what, damage] of Object.entries({
  truncated: (path: string) => {
    truncateSync(path, 1 << 20);
  },
  'of garbage': (path: string) => {
    writeFileSync(path, Buffer.alloc(1 << 20, 0xa5));
  },
  'with devices that QEMU does not take': (path: string) => {
    const bytes = readFileSync(path);
    const devices = 20 + bytes.readUInt32LE(16);
    bytes.fill(0xff, devices, devices + 1000);
    writeFileSync(path, bytes);
  },
})) {
  emulatedTest(`a state ${what} is made again`, (t) => {
    const cache = emptyCache();
    use(t, cache);
    const [path] = states(cache);
    const size = statSync(path!).size;
    damage(path!);
    // The first finds out at the latest; the second has a good one.
    use(t, cache);
    use(t, cache);
    t.deepEqual(states(cache), [path]);
    t.true(Math.abs(statSync(path!).size - size) < size / 2);
  });
}

emulatedTest('machines boot where no state is wanted, can be kept, or can be continued', (t) => {
  const cache = emptyCache();
  use(t, cache, { KVMTRACE_SAVED_STATE: '0' });
  t.deepEqual(states(cache), []);
  writeFileSync(join(cache, 'state'), 'in the way of the directory');
  use(t, cache);
  t.is(readFileSync(join(cache, 'state'), 'utf8'), 'in the way of the directory');
});

emulatedTest('nested paging and shadow page tables have states of their own', (t) => {
  const cache = emptyCache();
  for (const npt of [true, false, true]) {
    using host = withEnvironment({ KVMTRACE_CACHE: cache }, () => EmulatedHost.start({ npt }));
    t.regex(host.describe().detail!, npt ? /npt=1/ : /npt=0/);
    Kvm.open(host).close();
  }
  t.is(states(cache).length, 2);
});

test('states that nobody uses are removed', (t) => {
  const directory = temporaryDirectory();
  const paths = Array.from({ length: 6 }, (_, i) => join(directory, `${i}.state`));
  paths.forEach((path, i) => {
    writeFileSync(path, 'x');
    utimesSync(path, 1000 + i, 2000);
  });
  removeOldStates(paths[5]!);
  t.deepEqual(readdirSync(directory).sort(), ['2.state', '3.state', '4.state', '5.state']);
});
