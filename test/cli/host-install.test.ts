/** `kvmtrace host install` for real: Debian's tools, and a registry that has to be reached. */
import test from 'ava';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasTool } from '../../src/kvm/host/emulated/install/run-tool.js';
import { temporary } from '../helpers/built-guest.js';
import { kvmtrace } from '../helpers/cli.js';

/** Where the machine is to have all that the emulated host needs (CI), and so a network. */
const isPossible = process.env['KVMTRACE_REQUIRE_QEMU'] === '1' && hasTool('apt-get');
const realTest = isPossible ? test : test.skip;

/** Debian's image and three modules are 16 MB; its package, unpacked, is 100. */
const MOST_BYTES = 40e6;

realTest(
  'a kernel is fetched from the package sources, and no more of it kept than is booted',
  (t) => {
    const cache = temporary();
    const env = { KVMTRACE_CACHE: cache };
    const { code, stdout, stderr } = kvmtrace(['host', 'install', '--force'], { env });
    t.is(code, 0, stderr);
    t.regex(stdout, /Fetching linux-image-\S+.* with apt-get download/);
    t.deepEqual(readdirSync(cache), ['kernel']);
    const files = readdirSync(cache, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
    t.true(bytes < MOST_BYTES, `${bytes} bytes`);
    t.true(files.some((path) => /\/kvm-amd\.ko/.test(path)));
    const status = kvmtrace(['host', 'status', '--format', 'json'], { env });
    t.is(status.code, 0);
    const { kernels } = JSON.parse(status.stdout) as { kernels: { image: string }[] };
    t.true(kernels[0]!.image.startsWith(cache));
  },
);
