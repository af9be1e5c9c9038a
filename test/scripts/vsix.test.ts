/** The extension that npm run vsix packs has what VS Code looks for. */
import test from 'ava';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { temporaryDirectory } from '../helpers/temporary.js';

const root = fileURLToPath(packageRoot);

test('the extension is packed with its descriptions, twice the same', (t) => {
  const [one, other] = ['one.vsix', 'other.vsix'].map((name) => {
    const path = join(temporaryDirectory(), name);
    execFileSync(process.execPath, [join(root, 'scripts/vsix.mjs'), path]);
    return readFileSync(path);
  });
  t.deepEqual(one, other);
  // The names of a zip file are in its directory as they are.
  const names = one!.toString('latin1');
  for (const name of [
    '[Content_Types].xml',
    'extension.vsixmanifest',
    'extension/package.json',
    'extension/extension.js',
  ]) {
    t.true(names.includes(name), name);
  }
  const { main, contributes } = JSON.parse(
    readFileSync(join(root, 'editors/vscode/package.json'), 'utf8'),
  ) as { main: string; contributes: { debuggers: { type: string }[] } };
  t.true(names.includes(`extension/${main.replace('./', '')}`));
  t.is(contributes.debuggers[0]?.type, 'kvmtrace');
});
