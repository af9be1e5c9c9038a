/** What the documents show works: TypeScript against the package as users import it, and commands. */
import test, { type ExecutionContext } from 'ava';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { packageRoot } from '../src/base/package-root.js';
import { kvmAvailable, kvmTest } from './helpers/kvm.js';

const root = fileURLToPath(packageRoot);
// Inside of the package, so that its name is the package itself (package.json, "exports").
const build = join(root, 'test/build');

const TIME_TRAVEL = readFileSync(join(root, 'docs/time-travel.md'), 'utf8');
const EXPORT = readFileSync(join(root, 'docs/export.md'), 'utf8');
const LIBRARY = readFileSync(join(root, 'docs/library.md'), 'utf8');
const blocks = [
  readFileSync(join(root, 'README.md'), 'utf8'),
  ...[TIME_TRAVEL, EXPORT, LIBRARY],
].flatMap((text) => [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!));
/** Examples that run a guest. */
const NEEDS_KVM = /Tracee|Kvm\.open|kvmtrace\/record/;

test('there is an example of every export', (t) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  for (const name of Object.keys(exports).filter((each) => each !== './package.json')) {
    const path = `'kvmtrace${name.slice(1)}'`;
    t.true(
      blocks.some((code) => code.includes(`from ${path}`)),
      path,
    );
  }
});

for (const [i, code] of blocks.entries()) {
  test(`the documents' TypeScript, block ${i}`, (t) => {
    mkdirSync(build, { recursive: true });
    const directory = mkdtempSync(join(build, 'readme-'));
    t.teardown(() => {
      rmSync(directory, { recursive: true });
    });
    const path = join(directory, 'example.ts');
    writeFileSync(path, code);
    copyFileSync(join(root, 'traces/hello.db'), join(directory, 'hello.db'));
    copyFileSync(join(root, 'guests/hello/hello.elf'), join(directory, 'hello.elf'));
    t.deepEqual(errorsOf(path), []);
    if (NEEDS_KVM.test(code) && !kvmAvailable) return;
    const compiled = ts.transpileModule(code, {
      compilerOptions: { ...COMPILER, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(join(directory, 'example.js'), compiled.outputText);
    const output = execFileSync(process.execPath, ['example.js'], {
      cwd: directory,
      encoding: 'utf8',
    });
    t.not(output, '');
  });
}

const COMPILER: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  module: ts.ModuleKind.Node20,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  skipLibCheck: true,
};

function errorsOf(path: string): string[] {
  return ts
    .getPreEmitDiagnostics(ts.createProgram([path], COMPILER))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

// Explanations stand behind two spaces or more.
const commands = [...TIME_TRAVEL.matchAll(/^ {4}(?:\$ )?kvmtrace (.*?)(?: {2,}.*)?$/gm)].map(
  ([, command]) => command!,
);

test('there are commands of every kind', (t) => {
  const names = new Set(commands.map((command) => command.split(' ')[0]));
  t.deepEqual([...names], ['state', 'steps', 'why', 'calls', 'hot', 'query', 'replay']);
});

for (const command of commands) {
  const needsKvm = command.startsWith('replay');
  const run = needsKvm ? kvmTest : test;
  run(`kvmtrace ${command}`, (t: ExecutionContext) => {
    const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-readme-'));
    t.teardown(() => {
      rmSync(directory, { recursive: true });
    });
    copyFileSync(join(root, 'traces/hello.db'), join(directory, 't.db'));
    const script = `node ${join(root, 'dist/src/cli/main.js')} ${command}`;
    const output = execFileSync('sh', ['-c', script], { cwd: directory, encoding: 'utf8' });
    t.not(output, '');
  });
}
