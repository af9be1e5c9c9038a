/** Shards of a suite: each case once, in parts of about the same weight; and their reports joined. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { mergeReports } from '../../src/check/merge.js';
import { suiteJson, suiteJunit, suiteSarif } from '../../src/check/report.js';
import type { CaseResult } from '../../src/check/run-case.js';
import { itemsOfShard, parseShard } from '../../src/check/shard.js';
import { toJson } from '../../src/base/json.js';
import { buildGuest, temporary } from '../helpers/built-guest.js';
import { kvmtrace } from '../helpers/cli.js';
import { kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';

test('shards have every item once, in order, and no shard much more than it needs', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (weights, count) => {
        const items = weights.map((weight, at) => ({ weight, at }));
        const shards = Array.from({ length: count }, (_, i) =>
          itemsOfShard(items, { index: i + 1, count }, ({ weight }) => weight),
        );
        const all = shards.flat().sort((a, b) => a.at - b.at);
        const ordered = shards.every((shard) =>
          shard.every(({ at }, i) => i === 0 || at > shard[i - 1]!.at),
        );
        const sum = (part: readonly { weight: number }[]): number =>
          part.reduce((total, { weight }) => total + weight, 0);
        const most = Math.max(...shards.map(sum));
        // Graham's bound for the longest first: 4/3 of the best, which is at least both of these.
        const best = Math.max(sum(items) / count, ...weights, 0);
        const pair = weights.toSorted((a, b) => b - a).slice(count - 1, count + 1);
        const atLeast = Math.max(best, pair.length === 2 ? pair[0]! + pair[1]! : 0);
        return (
          JSON.stringify(all) === JSON.stringify(items) &&
          ordered &&
          most <= (4 / 3) * atLeast + 1e-9
        );
      },
    ),
  );
  t.pass();
});

test('cases without a golden trace are shared out, too', (t) => {
  const items = ['a', 'b', 'c', 'd', 'e'];
  const sizes = [1, 2].map((index) => itemsOfShard(items, { index, count: 2 }, () => 0).length);
  t.deepEqual(sizes, [3, 2]);
});

test('a shard is a number and how many there are', (t) => {
  t.deepEqual(parseShard('2/4', '--shard'), { index: 2, count: 4 });
  for (const text of ['0/4', '5/4', '2', '2/', '/4', 'a/b', '1/0', '1/99999', '-1/2', '1.5/2']) {
    const { message } = t.throws(() => parseShard(text, '--shard'));
    t.regex(message, /--shard .* is no part of a suite: .*2\/4/);
    t.true(isOneSentence(message));
  }
});

function result(name: string, more: Partial<CaseResult> = {}): CaseResult {
  return {
    ...{ name, path: `suite/${name}.json`, status: 'passed', message: '', details: [] },
    ...{ findings: [], steps: 100, exitCode: 0, seconds: 1.5 },
    ...more,
  };
}

const FAILED = result('c', {
  status: 'failed',
  message: 'different',
  details: ['one line', 'another'],
  findings: [
    {
      rule: 'divergence',
      level: 'error',
      message: 'here',
      address: 0xffffffff80001234n,
      subject: 'main',
    },
    { rule: 'output', level: 'note', message: 'there', address: undefined, subject: '0x3f8' },
  ],
  exitCode: 1,
});
const RESULTS = [result('a'), result('b', { steps: undefined }), FAILED, result('d')];

/** Reports of shards, as files. */
function reports(shards: readonly (readonly CaseResult[])[], total = 4, suite = 'suite'): string[] {
  const directory = temporary();
  return shards.map((results, i) => {
    const path = join(directory, `${i + 1}.json`);
    const part = { shard: { index: i + 1, count: shards.length }, total };
    writeFileSync(path, toJson(suiteJson(suite, results, part), 2));
    return path;
  });
}

test('merged reports are those of the whole suite, whatever the order of the files', (t) => {
  const paths = reports([[RESULTS[3]!, RESULTS[0]!], [FAILED], [RESULTS[1]!]]);
  for (const order of [paths, paths.toReversed()]) {
    const { suite, results } = mergeReports(order);
    t.is(suite, 'suite');
    t.deepEqual(results, RESULTS);
    t.is(suiteJunit(suite, results), suiteJunit(suite, RESULTS));
    t.deepEqual(suiteSarif(results), suiteSarif(RESULTS));
  }
});

test('a report of a whole suite is one of one shard', (t) => {
  const path = join(temporary(), 'r.json');
  writeFileSync(path, toJson(suiteJson('suite', RESULTS)));
  t.deepEqual(mergeReports([path]).results, RESULTS);
});

test('what does not make a whole is refused, with the shard that is wrong', (t) => {
  const [one, two] = reports([
    [RESULTS[0]!, RESULTS[1]!],
    [FAILED, RESULTS[3]!],
  ]) as [string, string];
  const other = (document: object): string => {
    const path = join(temporary(), 'other.json');
    writeFileSync(path, JSON.stringify(document));
    return path;
  };
  const changed = (more: object): string =>
    other({ ...(JSON.parse(readFileSync(two, 'utf8')) as object), ...more });
  const cases: [paths: string[], message: RegExp][] = [
    [[], /there is no report to merge/],
    [[one], /shard 2\/2 of suite is missing/],
    [[one, one], /are both of shard 1\/2/],
    [[one, changed({ suite: 'else' })], /another suite \(else\)/],
    [[one, changed({ shard: { index: 2, count: 3 } })], /another number of shards/],
    [[one, changed({ total: 5 })], /another number of cases/],
    [[one, changed({ cases: [] })], /have 2 of the 4 cases/],
    [
      [
        one,
        changed({ cases: (JSON.parse(readFileSync(one, 'utf8')) as { cases: unknown }).cases }),
      ],
      /has the case a, which another shard has, too/,
    ],
    [[one, changed({ version: 2 })], /no report of check --json: version is 2, and should be 1/],
    [[one, changed({ cases: [{}] })], /no report of check --json: cases\.0\.exit_code is missing/],
    [[one, changed({ shard: { index: 3, count: 2 } })], /shard is .*index/],
    [[one, other([])], /should be an object/],
    [[one, '/nonexistent.json'], /cannot be read \(ENOENT\)/],
    [[one, buildlessText()], /is no JSON/],
  ];
  for (const [paths, message] of cases) {
    const error = t.throws(() => mergeReports(paths), undefined, String(message));
    t.regex(error.message, message);
    t.true(isOneSentence(error.message), error.message);
  }
});

function buildlessText(): string {
  const path = join(temporary(), 'text');
  writeFileSync(path, 'ok\n');
  return path;
}

test('check merge: the report, and the exit code of the whole', (t) => {
  const paths = reports([
    [RESULTS[0]!, RESULTS[1]!],
    [FAILED, RESULTS[3]!],
  ]);
  const junit = join(temporary(), 'junit.xml');
  const { code, stdout, stderr } = kvmtrace(['check', 'merge', ...paths, '--junit', junit]);
  t.is(code, 1, stderr);
  t.regex(
    stdout,
    /^ok {6}a .*\nok {6}b .*\nFAILED {2}c .*: different\n {4}one line\n {4}another\nok {6}d .*\n3 passed, 1 failed\n$/,
  );
  t.is(readFileSync(junit, 'utf8'), `${suiteJunit('suite', RESULTS)}\n`);
  const good = reports([[RESULTS[0]!], [RESULTS[3]!]], 2);
  t.is(kvmtrace(['check', 'merge', ...good]).code, 0);
  const missing = kvmtrace(['check', 'merge', good[0]!]);
  t.is(missing.code, 2);
  t.regex(missing.stderr, /shard 2\/2 of suite is missing: give its report, too\.\n$/);
  t.is(kvmtrace(['check', 'merge']).code, 2);
  t.regex(
    kvmtrace(['check', 'merge', ...good, '--update']).stderr,
    /leave out --shard and --update/,
  );
  t.regex(
    kvmtrace(['check', 'one', 'two']).stderr,
    /check takes one suite, and two is one too many/,
  );
});

kvmTest('shards of a recorded suite, merged, are the suite', (t) => {
  const suite = temporary();
  copyFileSync(buildGuest('echo.c'), join(suite, 'echo.elf'));
  const inputs = ['one', 'two 22', 'three 333 three'];
  for (const [i, input] of inputs.entries()) {
    const manifest = { guest: 'echo.elf', options: { memory: '4M', 'no-fpu': true }, input };
    writeFileSync(join(suite, `case-${i}.json`), JSON.stringify(manifest));
  }
  t.is(kvmtrace(['check', suite, '--update']).code, 0);
  const paths = [1, 2].map((index) => join(suite, `.report-${index}.json`));
  const said = paths.map((path, i) =>
    kvmtrace(['check', suite, '--shard', `${i + 1}/2`, '--json', path]),
  );
  t.deepEqual(
    said.map(({ code }) => code),
    [0, 0],
  );
  t.is(
    said.map(({ stdout }) => stdout.match(/^ok /gm)?.length ?? 0).reduce((a, b) => a + b),
    3,
  );
  const merged = kvmtrace(['check', 'merge', ...paths, '--format', 'json']);
  const whole = kvmtrace(['check', suite, '--format', 'json']);
  t.is(merged.code, 0, merged.stderr);
  const plain = ({ stdout }: { stdout: string }): unknown =>
    JSON.parse(stdout, (key, value: unknown) => (key === 'seconds' ? 0 : value));
  t.deepEqual(plain(merged), plain(whole));
});
