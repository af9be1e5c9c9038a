/** Expected outputs in test/golden; UPDATE_GOLDEN=1 writes them anew. */
import type { ExecutionContext } from 'ava';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { packageRoot } from '../../src/base/package-root.js';

/** Asserts that `actual` is what the file `name` of test/golden holds. */
export function matchesGolden(t: ExecutionContext, name: string, actual: string): void {
  const file = new URL(`test/golden/${name}`, packageRoot);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(new URL('.', file), { recursive: true });
    writeFileSync(file, actual);
  }
  t.is(actual, readFileSync(file, 'utf8'), `${name}: UPDATE_GOLDEN=1 npx ava … renews it`);
}
