/** Suites made by the tests: what passes, what fails, and what is said of it. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import {
  suiteJson,
  suiteJunit,
  suiteMarkdown,
  suiteSarif,
  summaryLine,
} from '../../src/check/report.js';
import { PROGRAM } from '../../src/cli/program-path.js';
import { runSuite, suiteExitCode, type SuiteOptions } from '../../src/check/suite.js';
import { readManifest } from '../../src/check/read-manifest.js';
import type { CaseResult } from '../../src/check/run-case.js';
import { packageRoot } from '../../src/base/package-root.js';
import { buildGuest, temporary } from '../helpers/built-guest.js';
import { kvmTest } from '../helpers/kvm.js';
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
  const { signal } = new AbortController();
  return runSuite(path, {
    ...{ update: false, keep: undefined, jobs: 2, signal, program: PROGRAM },
    ...more,
  });
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
  const sql = { guest: 'shop.elf', options: OPTIONS, compare: 'none' };
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
      'sql.json': sql,
    },
    { 'shop.elf': buildGuest('shop.c') },
  );
  await run(directory, { update: true });
  const assertions = [
    "SELECT 'more than ' || count(*) || ' steps' FROM step HAVING count(*) > 10",
    'SELECT 1 WHERE 0',
  ];
  writeFileSync(join(directory, 'sql.json'), JSON.stringify({ ...sql, assertions }));
  copyFileSync(
    buildGuest('shop.c', { flags: ['-O2', '-DEXTRA_CALL'] }),
    join(directory, 'shop.elf'),
  );
  const results = await run(directory);
  t.deepEqual(
    results.map(({ name, status }) => [name, status]),
    [
      ['limit', 'failed'],
      ['loose', 'passed'],
      ['output', 'passed'],
      ['sql', 'failed'],
    ],
  );
  t.regex(results[0]!.message, /beyond the limit: steps \+/);
  t.regex(results[3]!.message, /^assertion 1: more than \d+ steps$/);
});

kvmTest('a guest that cannot be recorded is an error of its case', async (t) => {
  const directory = suite({ 'a.json': { guest: 'none.elf' } });
  const [result] = await run(directory, { update: true });
  t.is(result!.status, 'error');
  t.regex(result!.message, /none\.elf/);
  t.is(result!.exitCode, 2);
});

kvmTest('limits are no leave to do another thing', async (t) => {
  const directory = suite(
    {
      'exact.json': {
        guest: 'shop.elf',
        options: OPTIONS,
        allow: { max_steps_increase: '50%' },
      },
      'none.json': {
        ...{ guest: 'shop.elf', options: OPTIONS, compare: 'none' },
        allow: { max_steps_increase: '50%' },
      },
    },
    { 'shop.elf': buildGuest('shop.c') },
  );
  await run(directory, { update: true });
  copyFileSync(buildGuest('shop.c', { flags: ['-O2', '-DLIMIT=21'] }), join(directory, 'shop.elf'));
  const [exact, none] = await run(directory);
  t.is(exact!.status, 'failed');
  t.regex(exact!.message, /^other output: /);
  t.deepEqual(
    exact!.findings.filter(({ level }) => level === 'error').map(({ rule }) => rule),
    ['output'],
  );
  t.is(none!.status, 'passed');
});

kvmTest('a guest that ends otherwise fails, whatever the limits', async (t) => {
  const manifest = {
    ...{ guest: 'shop.elf', options: OPTIONS, allow: { max_steps_increase: '50%' } },
  };
  const directory = suite({ 'a.json': manifest }, { 'shop.elf': buildGuest('shop.c') });
  await run(directory, { update: true });
  const shorter = { ...manifest, options: { ...OPTIONS, 'max-steps': 100 } };
  writeFileSync(join(directory, 'a.json'), JSON.stringify(shorter));
  const [result] = await run(directory);
  t.is(result!.status, 'failed');
  t.true(result!.findings.some(({ rule, level }) => rule === 'end' && level === 'error'));
});

kvmTest(
  '--update renews what is recorded otherwise, and keeps what fails its assertions',
  async (t) => {
    const directory = suite(
      { 'a.json': { guest: 'echo.elf', options: OPTIONS } },
      { 'echo.elf': buildGuest('echo.c') },
    );
    await run(directory, { update: true });
    writeFileSync(
      join(directory, 'a.json'),
      JSON.stringify({ guest: 'echo.elf', options: { memory: '4M' } }),
    );
    t.is((await run(directory, { update: true }))[0]!.status, 'updated', 'now with FPU registers');
    const golden = readFileSync(join(directory, 'a.trace'));
    writeFileSync(
      join(directory, 'a.json'),
      JSON.stringify({ guest: 'echo.elf', options: OPTIONS, assertions: ["SELECT 'no'"] }),
    );
    const [refused] = await run(directory, { update: true });
    t.is(refused!.status, 'failed');
    t.is(refused!.message, 'assertion: no; the golden trace stays as it is');
    t.deepEqual(readFileSync(join(directory, 'a.trace')), golden);
  },
);

kvmTest('golden traces tell nothing of where they were made', async (t) => {
  const manifests = { 'a.json': { guest: 'echo.elf', options: OPTIONS } };
  const guests = { 'echo.elf': buildGuest('echo.c') };
  const [one, two] = [suite(manifests, guests), suite(manifests, guests)];
  await run(one, { update: true });
  await run(relative(process.cwd(), two), { update: true });
  const [a, b] = [one, two].map((each) => readFileSync(join(each, 'a.trace')));
  t.deepEqual(b, a);
});

kvmTest('cases are named by their paths, and kept apart', async (t) => {
  const directory = suite({}, {});
  for (const each of ['a', 'b']) {
    mkdirSync(join(directory, each));
    copyFileSync(buildGuest('echo.c'), join(directory, each, 'echo.elf'));
    writeFileSync(
      join(directory, each, 'boot.json'),
      JSON.stringify({ guest: 'echo.elf', options: OPTIONS }),
    );
  }
  writeFileSync(join(directory, 'a/boot.yaml'), 'guest: echo.elf\n');
  writeFileSync(join(directory, 'package.json'), '{"name": "x"}');
  writeFileSync(join(directory, 'tsconfig.json'), '{}');
  const leftOut: number[] = [];
  const results = await run(directory, {
    update: true,
    onLeftOut: (count) => leftOut.push(count),
  });
  t.deepEqual(
    results.map(({ name, status }) => [name, status]),
    [
      ['a/boot', 'updated'],
      ['a/boot', 'error'],
      ['b/boot', 'updated'],
    ],
  );
  t.regex(results[1]!.message, /boot\.yaml has the same golden trace as .*boot\.json/);
  t.deepEqual(leftOut, [2]);
});

test('what is wrong with a manifest is its case\u2019s error, and the others run', async (t) => {
  for (const [manifest, message] of [
    [{ guest: 'g', more: 1 }, /the manifest has no more: it may have/],
    [{ guest: 'g', options: { output: 'x' } }, /options has no output/],
    [{ guest: 'g', options: { 'no-fpu': 'yes' } }, /options.no-fpu is "yes", and should be true/],
    [{ guest: 'g', compare: 'maybe' }, /compare is "maybe", and should be exact, output, none/],
    [{ guest: 'g', allow: { max_steps_increase: 'x' } }, /is not a percentage/],
    [{ guest: 'g', allow: { max_steps_increase: -2 } }, /-2 is not a percentage/],
    [{ guest: 'g', allow: { undefined_flags: 'no' } }, /allow.undefined_flags is "no"/],
    [{ guest: 'g', allow: { memory: ['x'] } }, /is no range/],
    [{ guest: 'g', input: 5 }, /input is 5/],
    [{ guest: 'g', input: { hex: '00', file: 'x' } }, /input is .* should be text/],
    [{ guest: 'g', timeout: 0 }, /timeout is 0, and should be a number above 0/],
    ['{', /m\.json is not JSON/],
  ] as const) {
    const directory = suite({ 'm.json': manifest, 'z.json': { guest: 'none.elf' } });
    const [wrong, other] = await run(directory);
    t.is(wrong!.status, 'error', String(message));
    t.regex(wrong!.message, message);
    t.true(wrong!.message.startsWith(join(directory, 'm.json')));
    t.regex(other!.message, /no golden trace/);
    t.is(suiteExitCode([wrong!]), 2);
  }
  await t.throwsAsync(run(suite({})), { message: /has no manifests/ });
  await t.throwsAsync(run('/nowhere'), { message: /there is no suite/ });
});

test('a manifest may begin with a byte order mark', (t) => {
  const directory = suite({ 'a.json': `\ufeff${JSON.stringify({ guest: 'g' })}` });
  t.is(readManifest(join(directory, 'a.json')).guest, 'g');
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
