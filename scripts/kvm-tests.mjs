/**
 * Prints the test files that run guests, a line each: those that import test/helpers/kvm.ts, or what tests the
 * emulated host has of its own, directly or through other files of test/.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const tests = join(root, 'test');
const targets = ['helpers/kvm.ts', 'kvm/host/emulated-test.ts'].map((name) => join(tests, name));

const files = readdirSync(tests, { recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(tests, name));

/** Paths of what a file imports or re-exports of its own project. */
function importsOf(file) {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, path]) =>
    resolve(dirname(file), path.replace(/\.js$/, '.ts')),
  );
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));
const reaching = new Set(targets);
for (let before = 0; before !== reaching.size;) {
  before = reaching.size;
  for (const [file, paths] of imports) {
    if (paths.some((path) => reaching.has(path))) reaching.add(file);
  }
}

for (const file of files) {
  if (reaching.has(file) && file.endsWith('.test.ts')) console.log(relative(root, file));
}
