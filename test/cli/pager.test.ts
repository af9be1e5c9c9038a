/** Long output on a terminal is paged, and nothing else is. */
import test from 'ava';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pagerCommand } from '../../src/cli/terminal/pager.js';
import { packageRoot } from '../../src/base/package-root.js';
import { kvmtrace } from '../helpers/cli.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { EXAMPLE } from './example-trace.js';

const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
const PATH = process.env['PATH'] ?? '';
const trace = writeFixtureTrace(EXAMPLE);
const hasScript = spawnSync('script', ['--version']).error === undefined;
const terminalTest = hasScript ? test : test.skip;

/** What a terminal shows, and the exit code. */
function onTerminal(args: readonly string[], env: Record<string, string>): [string, number | null] {
  const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
  const size = 'stty rows 24 cols 200';
  const { stdout, status } = spawnSync('script', ['-qec', `${size}; ${command}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', ...env },
    encoding: 'utf8',
  });
  return [stdout.replaceAll('\r', ''), status];
}

test('which pager', (t) => {
  t.is(pagerCommand({ PAGER: 'sed -n p', PATH }), 'sed -n p');
  t.is(pagerCommand({ PAGER: '/bin/sh -c cat', PATH }), '/bin/sh -c cat');
  t.is(pagerCommand({ PAGER: '', PATH }), undefined);
  t.is(pagerCommand({ PAGER: 'cat', PATH }), undefined);
  t.is(pagerCommand({ PAGER: 'no-such-pager', PATH }), undefined);
  t.is(pagerCommand({ PATH: '/nonexistent' }), undefined, 'no less(1) there');
});

terminalTest('on a terminal the pager shows it, and --no-pager does without', (t) => {
  const PAGER = 'sed s/^/paged:/';
  const [paged, code] = onTerminal(['steps', trace, '--count', '3'], { PAGER });
  t.is(code, 0);
  const lines = paged.trimEnd().split('\n');
  t.is(lines.length, 3);
  t.true(lines.every((line) => line.startsWith('paged:')), paged); // prettier-ignore
  const [plain] = onTerminal(['steps', trace, '--count', '3', '--no-pager'], { PAGER });
  t.is(paged.replaceAll('paged:', ''), plain);
  const [doctor] = onTerminal(['completion', 'bash'], { PAGER });
  t.notRegex(doctor, /paged:/);
});

terminalTest('a pager that is left early is no error, nor one that does not begin', (t) => {
  const sql = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n LIMIT 1000000'; // prettier-ignore
  const [shown, code] = onTerminal(['query', trace, sql], { PAGER: 'head -n 2' });
  t.is(code, 0, shown);
  t.is(shown.trimEnd().split('\n').length, 2, shown);
  const [plain] = onTerminal(['steps', trace, '--count', '2'], { PAGER: 'no-such-pager' });
  t.is(plain.trimEnd().split('\n').length, 2);
});

terminalTest('an error comes after what was shown, with its exit code', (t) => {
  const [shown, code] = onTerminal(['steps', trace, '--from', '999'], { PAGER: 'sed s/^/paged:/' });
  t.is(code, 2);
  t.regex(shown, /^kvmtrace: .* has no step 999/);
});

test('what goes into a pipe or a file is not paged', (t) => {
  const { stdout } = kvmtrace(['steps', trace, '--count', '1'], { env: { PAGER: 'sed s/^/x/' } });
  t.regex(stdout, /^0 /);
});
