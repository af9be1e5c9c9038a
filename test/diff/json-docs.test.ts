/** Every field that the JSON of diff and compare has is described in docs/diff.md. */
import test from 'ava';
import { readFileSync } from 'node:fs';
import { compareRuns } from '../../src/cohort/discriminate.js';
import { diffTraces } from '../../src/diff/diff.js';
import { jsonReport } from '../../src/views/diff/document.js';
import { runsJson } from '../../src/report/diff/runs.js';
import { Side } from '../../src/diff/side.js';
import { packageRoot } from '../../src/base/package-root.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { kvmTest } from '../helpers/kvm.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';

const documented = new Set(
  [...readFileSync(new URL('docs/diff.md', packageRoot), 'utf8').matchAll(/[`"](\w+)[`"]/g)].map(
    ([, name]) => name!,
  ),
);

function fieldsOf(value: unknown, found = new Set<string>()): Set<string> {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return found;
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) fieldsOf(each, found);
    return found;
  }
  for (const [name, each] of Object.entries(value)) fieldsOf(each, found.add(name));
  return found;
}

function undocumented(value: unknown): string[] {
  return [...fieldsOf(value)].filter((name) => !documented.has(name)).sort();
}

kvmTest('the JSON of two builds and of two inputs', async (t) => {
  const shop = await recordBuilt(buildGuest('shop.c'));
  const changed = await recordBuilt(
    buildGuest('shop.c', { flags: ['-O2', '-DLIMIT=21', '-DEXTRA_CALL'] }),
  );
  const echo = buildGuest('echo.c');
  const pairs = [
    [shop, changed],
    [await recordBuilt(echo, 'hello 42'), await recordBuilt(echo, 'hello 4x')],
  ] as const;
  for (const [pathA, pathB] of pairs) {
    using a = new Side(pathA);
    using b = new Side(pathB);
    const pair = { a, b };
    for (const mode of ['exact', 'aligned', 'both'] as const) {
      const result = diffTraces(pair, { mode, all: true, gates: { steps: 1 } });
      t.deepEqual(undocumented(jsonReport(pair, result)), [], mode);
    }
  }
});

test('the JSON of compare', (t) => {
  const run = (byte: string): string =>
    writeFixtureTrace({ steps: [{ rip: 0x1000, bytes: 'e6e9', out: [0xe9, byte] }] });
  t.deepEqual(undocumented(runsJson(compareRuns([run('a')], [run('x')]), 20)), []);
});

test('the samples have the fields of today, all of them described', (t) => {
  const sample = (name: string): Record<string, Record<string, unknown>> =>
    JSON.parse(readFileSync(new URL(`docs/samples/${name}`, packageRoot), 'utf8')) as Record<
      string,
      Record<string, unknown>
    >;
  const keys = (value: unknown): string[] => Object.keys(value as object).sort();
  const trace = (byte: string, hash: string): string =>
    writeFixtureTrace({
      steps: [{ rip: 0x1000, bytes: 'e6e9', out: [0xe9, byte] }],
      symbols: [{ address: 0x1000, size: 2, name: 'main' }],
      meta: { guest_sha256: hash.repeat(64) },
    });
  using a = new Side(trace('a', '1'));
  using b = new Side(trace('b', '2'));
  const now = jsonReport({ a, b }, diffTraces({ a, b }, { mode: 'both' })) as Record<
    string,
    unknown
  >;
  for (const name of ['diff-builds.json', 'diff-inputs.json']) {
    const then = sample(name);
    t.deepEqual(undocumented(then), [], name);
    t.deepEqual(keys(then), keys(now), name);
    t.deepEqual(keys(then['exact']), keys(now['exact']), name);
  }
  t.deepEqual(keys(sample('diff-builds.json')['aligned']), keys(now['aligned']));
  const runs = sample('compare.json');
  t.deepEqual(undocumented(runs), []);
});
