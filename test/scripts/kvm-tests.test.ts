/** scripts/kvm-tests.mjs: which test files run guests, and so run again on the emulated host. */
import test from 'ava';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';

const root = fileURLToPath(packageRoot);
const files = execFileSync(process.execPath, [join(root, 'scripts/kvm-tests.mjs')], {
  encoding: 'utf8',
})
  .trimEnd()
  .split('\n');

test('what imports the helper is listed, also through other helpers', (t) => {
  t.true(files.includes('test/kvm/kvm.test.ts'));
  // Through test/helpers/hazard.ts alone.
  t.true(files.includes('test/stepper/hazards/instructions/plain.test.ts'));
});

test('what needs no KVM is not, nor what is no test', (t) => {
  t.false(files.includes('test/trace/read/checks/page-trees.test.ts'));
  t.false(files.includes('test/scripts/kvm-tests.test.ts'));
  t.deepEqual(
    files.filter((file) => !file.endsWith('.test.ts') || !existsSync(join(root, file))),
    [],
  );
  t.is(new Set(files).size, files.length);
});
