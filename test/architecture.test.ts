/** The table of folders: ARCHITECTURE.md shows it, it names every folder, and it has an order. */
import test from 'ava';
import { readdirSync, readFileSync } from 'node:fs';
import { packageRoot } from '../src/base/package-root.js';

interface Folder {
  readonly imports: readonly string[];
  readonly types?: readonly string[];
}
const { FOLDERS, architectureTable } = (await import(
  new URL('architecture.js', packageRoot).href
)) as { FOLDERS: Record<string, Folder>; architectureTable: () => string };

test('ARCHITECTURE.md shows the table that lint goes by', (t) => {
  const text = readFileSync(new URL('ARCHITECTURE.md', packageRoot), 'utf8');
  t.true(text.includes(architectureTable()), architectureTable());
});

test('every folder of src is in it', (t) => {
  const folders = readdirSync(new URL('src', packageRoot), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  t.deepEqual(Object.keys(FOLDERS).sort(), folders.sort());
});

test('a folder imports only from those above it', (t) => {
  const above = new Set<string>();
  for (const [name, { imports, types = [] }] of Object.entries(FOLDERS)) {
    for (const each of [...imports, ...types]) {
      t.true(above.has(each.split('/')[0]!), `${name} imports ${each}`);
    }
    above.add(name);
  }
});
