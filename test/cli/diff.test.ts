/** `diff` and `compare` on the command line: exit codes, formats, refusals. */
import test from 'ava';
import { kvmtrace as run } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace, type FixtureStep } from '../helpers/fixture-trace.js';
import { checkJunit, checkSarif } from '../helpers/report-schema.js';
import { isOneSentence } from '../helpers/sentence.js';

const kvmtrace = (...parameters: string[]): ReturnType<typeof run> => run(parameters);

const steps = (rax: number): FixtureStep[] => [
  { rip: 0x1000, bytes: 'b801000000', text: 'mov eax, 1', registers: { rax } },
  { rip: 0x1005, bytes: 'f4', text: 'hlt' },
];
const a = writeFixtureTrace({ steps: steps(1) }, temporaryPath('a.db'));
const b = writeFixtureTrace({ steps: steps(2) }, temporaryPath('b.db'));

test('0: the same; 1: different; the verdict is the first line', (t) => {
  const same = kvmtrace('diff', a, a);
  t.is(same.code, 0);
  t.regex(same.stdout, /^same: 2 steps/);
  const different = kvmtrace('diff', a, b);
  t.is(different.code, 1);
  t.regex(different.stdout, /^different: from step 0 \(0x1000\) on, rax 0x1 \| 0x2\n/);
  t.is(different.stderr, '');
});

test('what is ignored makes no difference', (t) => {
  t.is(kvmtrace('diff', a, b, '--ignore-register', 'rax').code, 0);
  t.is(kvmtrace('diff', a, b, '--ignore-register', 'rbx,rax').code, 0);
  t.is(kvmtrace('diff', a, b, '--ignore-register', 'rbx').code, 1);
  t.is(kvmtrace('diff', a, b, '--max-steps-increase', '0%').code, 0);
});

test('a run that was cut short has kept no limit', (t) => {
  const cut = writeFixtureTrace(
    { steps: steps(1).slice(0, 1), meta: { stop_reason: 'max-steps' } },
    temporaryPath('cut.db'),
  );
  const { code, stdout } = kvmtrace('diff', a, cut, '--max-steps-increase', '0%');
  t.is(code, 1);
  t.regex(stdout.split('\n')[0]!, /; ended by max-steps instead of hlt; within the limits$/);
  const sarif = JSON.parse(
    kvmtrace('diff', a, cut, '--max-steps-increase', '0%', '--format', 'sarif').stdout,
  ) as { runs: { results: { ruleId: string; level: string }[] }[] };
  const errors = sarif.runs[0]!.results.filter(({ level }) => level === 'error');
  t.deepEqual(
    errors.map(({ ruleId }) => ruleId),
    ['end'],
  );
});

test('every format holds the same news', (t) => {
  const report = (format: string): string => kvmtrace('diff', a, b, '--format', format).stdout;
  const json = JSON.parse(report('json')) as {
    format: string;
    version: number;
    same: boolean;
    exact: { first: { step_a: number; differences: unknown } };
  };
  t.like(json, { format: 'kvmtrace-diff', version: 1, same: false });
  t.is(json.exact.first.step_a, 0);
  t.deepEqual(json.exact.first.differences, [{ kind: 'register', name: 'rax', a: 1, b: 2 }]);
  t.deepEqual(checkSarif(JSON.parse(report('sarif'))), []);
  t.deepEqual(checkJunit(report('junit')), []);
  t.regex(report('github'), /^::error file=.*b\.db,title=kvmtrace%3A divergence::step 0/);
  t.regex(report('markdown'), /^### ❌ different/);
});

test('compare lists what only the failing runs have', (t) => {
  const out = (byte: string): string =>
    writeFixtureTrace({ steps: [{ rip: 0x1000, bytes: 'e6e9', out: [0xe9, byte] }] });
  const { code, stdout } = kvmtrace(
    'compare',
    '--pass',
    out('a'),
    out('b'),
    '--fail',
    out('x'),
    out('x'),
  );
  t.is(code, 1);
  t.regex(
    stdout,
    /^told apart by output at step 0 of a failing run: byte 0 to port 0xe9 is 78 'x'/,
  );
  t.is(kvmtrace('compare', '--pass', a, '--fail', a).code, 0);
});

const BAD: readonly (readonly [RegExp, ...string[]])[] = [
  [/diff needs more arguments/, 'diff', a],
  [/there is no trace \/nowhere/, 'diff', a, '/nowhere'],
  [/the traces know no such register/, 'diff', a, b, '--ignore-register', 'rxx'],
  [/--ignore-memory 5 is no range/, 'diff', a, b, '--ignore-memory', '5'],
  [/--ignore-input moon is no input/, 'diff', a, b, '--ignore-input', 'moon'],
  [/--max-steps-increase lots is not a percentage/, 'diff', a, b, '--max-steps-increase', 'lots'],
  [/--function main has no limit/, 'diff', a, b, '--function', 'main'],
  [
    /--function main was given two limits/,
    ...['diff', a, b, '--function', 'main=1%', '--function', 'main=5%'],
  ],
  [/--function nobody: neither trace ran/, 'diff', a, b, '--function', 'nobody=1%'],
  [/--format "xml" is none of/, 'diff', a, b, '--format', 'xml'],
  [/--fail is missing/, 'compare', '--pass', a],
  [/there is no suite \/nowhere/, 'check', '/nowhere'],
  [/there is no trace \/nowhere/, 'pack', '/nowhere'],
  [/is the trace itself/, 'pack', a, '-o', a],
  [/exists already/, 'pack', a, '-o', b],
  [/is not a packed trace/, 'pack', '--unpack', a, '-o', temporaryPath('new.db')],
];

for (const [expected, ...parameters] of BAD) {
  test(`refused: ${parameters[0]!}: ${expected.source}`, (t) => {
    const { code, stdout, stderr } = kvmtrace(...parameters);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, expected);
    t.true(isOneSentence(stderr.trimEnd()), stderr);
  });
}
