/** What `npm publish` would publish: what is in it, and whether programs of all sorts can import it. */
import test from 'ava';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../src/base/package-root.js';

const root = fileURLToPath(packageRoot);

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packed once, as it is: the build is what the tests run from. */
function pack(): { tarball: string; files: string[] } {
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-pack-'));
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const [packed] = JSON.parse(
    execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as Packed[];
  const files = packed!.files.map(({ path }) => path);
  return { tarball: join(directory, packed!.filename), files };
}

const { tarball, files } = pack();

function run(program: string, ...args: string[]): { status: number | null; output: string } {
  const script = join(root, 'node_modules/.bin', program);
  const { status, stdout, stderr } = spawnSync(script, args, { cwd: root, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('the licence, the documents and what the program reads are in the package', (t) => {
  for (const file of [
    ...['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json', 'schema/README.md'],
    ...['docs/library.md', 'docs/time-travel.md', 'docs/diff.md', 'docs/ci.md', 'docs/hosts.md'],
    ...['dist/src/cli/main.js', 'dist/src/index.d.ts', 'dist/src/library/record.d.ts'],
    ...['dist/web/index.html', 'dist/web/page.js', 'dist/web/page.css', 'docs/ui.md'],
    ...['agent/agent', 'guests/sample/sample.elf', 'traces/hello.db'],
  ]) {
    t.true(files.includes(file), file);
  }
});

test('what only developers need is not', (t) => {
  const unwanted = files.filter(
    (path) =>
      /^(src|test|bench|scripts|node_modules|dist\/(test|bench))\//.test(path) ||
      /\.(map|tsbuildinfo|test\.js)$/.test(path),
  );
  t.deepEqual(unwanted, []);
});

test('documents link to what is in the package', (t) => {
  for (const path of files.filter((each) => each.endsWith('.md') && each.startsWith('docs/'))) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, other] of text.matchAll(/`((?:docs|schema)\/[\w./-]+\.md)`/g)) {
      t.true(files.includes(other!), `${path}: ${other!}`);
    }
  }
});

test('publint finds nothing', (t) => {
  const { status, output } = run('publint', '--strict', tarball);
  t.is(status, 0, output);
});

test('every export has types for whoever can import an ES module', (t) => {
  const { status, output } = run('attw', tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'); // prettier-ignore
  t.is(status, 0, output);
  t.regex(output, /kvmtrace\/record/);
});

test('engines, .nvmrc and the documents name the same Node', (t) => {
  const { engines, private: isPrivate } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as { engines: { node: string }; private?: boolean };
  t.is(isPrivate, undefined);
  t.is(engines.node, '>=20.19');
  for (const document of ['CONTRIBUTING.md', 'docs/library.md']) {
    t.regex(
      readFileSync(join(root, document), 'utf8'),
      /Node 22 or 24.*20\.19 still works/,
      document,
    );
  }
});
