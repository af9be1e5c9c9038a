/** Suites made by the tests: what passes, what fails, and what is said of it. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import {
  suiteJson,
  suiteJunit,
  suiteMarkdown,
  suiteSarif,
  summaryLine,
} from '../../src/check/report.js';
import { runSuite, suiteExitCode, type SuiteOptions } from '../../src/check/suite.js';
import { readManifest } from '../../src/check/manifest.js';
import type { CaseResult } from '../../src/check/run-case.js';
import { packageRoot } from '../../src/package-root.js';
import { buildGuest, temporary } from '../helpers/built-guest.js';
import { kvmAvailable, kvmTest } from '../helpers/kvm.js';
import { checkJunit, checkSarif } from '../helpers/report-schema.js';

const OPTIONS = { memory: '4M', 'no-fpu': true };

function suite(
  manifests: Readonly<Record<string, object | string>>,
  guests: Readonly<Record<string, string>> = {},
): string {
  const directory = temporary();
  for (const [name, path] of Object.entries(guests)) copyFileSync(path, join(directory, name));
  for (const [name, content] of Object.entries(manifests)) {
    writeFileSync(
      join(directory, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }
  return directory;
}

async function run(path: string, more: Partial<SuiteOptions> = {}): Promise<CaseResult[]> {
  return runSuite(path, { update: false, keep: undefined, jobs: 2, ...more });
}

kvmTest('a suite: made with --update, passes, and fails where the input is another', async (t) => {
  const echo = { guest: 'echo.elf', options: OPTIONS };
  const directory = suite(
    {
      'one.json': { ...echo, input: 'hello 42' },
      'two.yaml': 'guest: echo.elf\ninput: abc\noptions:\n  memory: 4M\n  no-fpu: true\n',
    },
    { 'echo.elf': buildGuest('echo.c') },
  );
  const missing = await run(directory);
  t.deepEqual(
    missing.map(({ status }) => status),
    ['error', 'error'],
  );
  t.regex(missing[0]!.message, /no golden trace .*--update/);
  t.is(suiteExitCode(missing), 2);

  const made = await run(directory, { update: true });
  t.deepEqual(
    made.map(({ status }) => status),
    ['updated', 'updated'],
  );
  const bytes = readFileSync(join(directory, 'one.trace'));

  const passed = await run(directory);
  t.deepEqual(
    passed.map(({ status }) => status),
    ['passed', 'passed'],
  );
  t.is(suiteExitCode(passed), 0);
  t.is(summaryLine(passed), '2 passed');

  const again = await run(directory, { update: true });
  t.deepEqual(
    again.map(({ status }) => status),
    ['unchanged', 'unchanged'],
  );
  t.deepEqual(readFileSync(join(directory, 'one.trace')), bytes);

  writeFileSync(join(directory, 'one.json'), JSON.stringify({ ...echo, input: 'hello 4x' }));
  const keep = join(directory, 'kept');
  const failed = await run(directory, { keep });
  t.deepEqual(
    failed.map(({ status }) => status),
    ['failed', 'passed'],
  );
  t.is(suiteExitCode(failed), 1);
  t.regex(failed[0]!.message, /^different: from step \d+ \(read_byte/);
  t.true(failed[0]!.details.some((line) => line.includes('cause   input: port 0x3f8')));
  t.true(existsSync(join(keep, 'one.db')));
  t.deepEqual(checkJunit(suiteJunit(directory, failed)), []);
  t.deepEqual(checkSarif(JSON.parse(JSON.stringify(suiteSarif(failed)))), []);
  t.is(suiteJson(directory, failed)['passed'], false);
  t.regex(suiteMarkdown(failed), /❌ kvmtrace check: 1 passed, 1 failed/);
});

kvmTest('limits, output and assertions decide what the manifest says', async (t) => {
  const directory = suite(
    {
      'limit.json': {
        guest: 'shop.elf',
        options: OPTIONS,
        compare: 'output',
        allow: { max_steps_increase: '1%' },
      },
      'loose.json': {
        guest: 'shop.elf',
        options: OPTIONS,
        compare: 'output',
        allow: { max_steps_increase: '5%' },
      },
      'output.json': { guest: 'shop.elf', options: OPTIONS, compare: 'output' },
      'sql.json': {
        ...{ guest: 'shop.elf', options: OPTIONS, compare: 'none' },
        assertions: [
          "SELECT 'more than ' || count(*) || ' steps' FROM step HAVING count(*) > 10",
          'SELECT 1 WHERE 0',
        ],
      },
    },
    { 'shop.elf': buildGuest('shop.c') },
  );
  await run(directory, { update: true });
  copyFileSync(
    buildGuest('shop.c', { flags: ['-O2', '-DEXTRA_CALL'] }),
    join(directory, 'shop.elf'),
  );
  const results = await run(directory);
  t.deepEqual(
    results.map(({ manifest, status }) => [manifest.name, status]),
    [
      ['limit', 'failed'],
      ['loose', 'passed'],
      ['output', 'passed'],
      ['sql', 'failed'],
    ],
  );
  t.regex(results[0]!.message, /beyond the limit: steps \+/);
  t.regex(results[3]!.message, /^assertion: more than \d+ steps$/);
});

kvmTest('a guest that cannot be recorded is an error of its case', async (t) => {
  const directory = suite({ 'a.json': { guest: 'none.elf' } });
  const [result] = await run(directory, { update: true });
  t.is(result!.status, 'error');
  t.regex(result!.message, /none\.elf/);
  t.is(result!.exitCode, 2);
});

test('wrong manifests are refused before anything runs', async (t) => {
  for (const [manifest, message] of [
    [{}, /guest is missing/],
    [{ guest: 'g', more: 1 }, /the manifest has no more: it may have/],
    [{ guest: 'g', options: { output: 'x' } }, /options has no output/],
    [{ guest: 'g', compare: 'maybe' }, /compare is "maybe", and should be exact, output, none/],
    [{ guest: 'g', allow: { max_steps_increase: 'x' } }, /is not a percentage/],
    [{ guest: 'g', allow: { memory: ['x'] } }, /is no range/],
    [{ guest: 'g', input: 5 }, /input is 5/],
    ['{', /is not JSON/],
  ] as const) {
    const directory = suite({ 'm.json': manifest });
    await t.throwsAsync(run(directory), { message });
  }
  await t.throwsAsync(run(suite({})), { message: /has no manifests/ });
  await t.throwsAsync(run('/nowhere'), { message: /there is no suite/ });
});

test('inputs are text, bytes or a file', (t) => {
  const directory = suite({
    'a.json': { guest: 'g', input: { hex: '00 ff' } },
    'b.json': { guest: 'g', input: { file: 'in' } },
  });
  writeFileSync(join(directory, 'in'), 'bytes');
  t.deepEqual(Buffer.from(readManifest(join(directory, 'a.json')).input!), Buffer.from([0, 255]));
  t.deepEqual(Buffer.from(readManifest(join(directory, 'b.json')).input!).toString(), 'bytes');
});

/** What CI runs, through the command line. */
kvmTest('our own suite, traces/, passes', (t) => {
  const main = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
  const directory = fileURLToPath(new URL('traces', packageRoot));
  const report = join(temporary(), 'report.xml');
  const output = execFileSync(process.execPath, [main, 'check', directory, '--junit', report], {
    encoding: 'utf8',
  });
  t.regex(output, /passed$/m);
  t.deepEqual(checkJunit(readFileSync(report, 'utf8')), []);
});

test('without KVM the suite is skipped, and that is said', (t) => {
  if (kvmAvailable) t.pass();
  else t.log('SKIPPED: traces/ was not checked, for want of /dev/kvm');
});
