/** How output adapts to where it goes: pipes that close, terminals of some width. */
import test from 'ava';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PLAIN } from '../../src/report/style.js';
import { StepListing } from '../../src/report/steps.js';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { kvmtrace } from '../helpers/cli.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { matchesGolden } from '../helpers/golden.js';
import { EXAMPLE } from './example-trace.js';

const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));

test('a reader that goes away is no error', async (t) => {
  const trace = writeFixtureTrace(EXAMPLE);
  const sql =
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n LIMIT 100000000';
  for (const format of ['csv', 'json', 'table']) {
    const child = spawn(process.execPath, [MAIN, 'query', trace, sql, '--format', format]);
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    t.is(stderr, '');
    t.is(code, 0);
  }
});

test('a listing for 80 columns wraps what changed', (t) => {
  using trace = Trace.open(writeFixtureTrace(EXAMPLE));
  const listing = new StepListing({ style: PLAIN, columns: 80, lastStep: trace.stepCount - 1 });
  const lines = listing.lines([...trace.steps(0, 99)]);
  matchesGolden(t, 'cli/steps-80.txt', `${lines.join('\n')}\n`);
  const tooLong = lines.filter((line) => line.length > 80);
  t.deepEqual(tooLong, []);
});

test('colours are for terminals', (t) => {
  const trace = writeFixtureTrace(EXAMPLE);
  // eslint-disable-next-line no-control-regex -- it is what is looked for
  const escape = /\x1b\[/;
  t.notRegex(kvmtrace(['steps', trace]).stdout, escape);
  const onTerminal = (env: Record<string, string>): string =>
    spawnSync('script', ['-qec', `${process.execPath} ${MAIN} steps ${trace}`, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', ...env },
      encoding: 'utf8',
    }).stdout;
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.log('no script(1): terminals are not tested');
    return;
  }
  t.regex(onTerminal({ NO_COLOR: '' }), escape);
  t.notRegex(onTerminal({ NO_COLOR: '1' }), escape);
});

test('a trace cannot send escape sequences to the terminal', (t) => {
  const trace = writeFixtureTrace({
    ...EXAMPLE,
    meta: { guest: '\x1b[2Jguest', '\x1b[1mkey': 1 },
    symbols: [{ address: 0x1000, size: 99, name: 'evil\x1b]0;title\x07\u202e' }],
    steps: [{ rip: 0x1000, text: 'nop\x1b[31m' }],
  });
  // eslint-disable-next-line no-control-regex -- it is what is looked for
  const control = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;
  for (const args of [
    ['info', trace],
    ['steps', trace],
    ['state', trace, '--at', '0'],
    ['query', trace, `SELECT *, char(27) || '[2J' AS "x\x1b" FROM symbol`],
  ]) {
    const { code, stdout, stderr } = kvmtrace(args);
    t.is(code, 0, stderr);
    t.notRegex(stdout, control, args[0]);
  }
});
