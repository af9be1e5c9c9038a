/** The reports: their shapes are what other programs rely on. */
import test, { type ExecutionContext } from 'ava';
import { diffTraces, type DiffOptions } from '../../src/diff/diff.js';
import { findings } from '../../src/views/diff/finding.js';
import { githubAnnotations } from '../../src/report/github.js';
import { junitXml } from '../../src/report/junit.js';
import { block, code, plain, within } from '../../src/report/markdown-text.js';
import { markdownReport } from '../../src/report/diff/markdown.js';
import { sarifReport } from '../../src/report/sarif.js';
import { textReport } from '../../src/report/diff/text.js';
import { Side, type Pair } from '../../src/diff/side.js';
import { writeFixtureTrace, type FixtureStep } from '../helpers/fixture-trace.js';
import { checkJunit, checkSarif } from '../helpers/report-schema.js';

const PLAIN = { strong: same, faint: same, change: same };
function same(text: string): string {
  return text;
}

/** in al, dx; cmp al, 'b'; je; then one of two ways. */
function steps(byte: string): FixtureStep[] {
  const taken = byte === 'b';
  const value = byte.charCodeAt(0);
  return [
    { rip: 0x1000, bytes: 'ec', text: 'in al, dx', in: [0x3f8, byte], registers: { rax: value } },
    {
      ...{ rip: 0x1001, bytes: '3c62', text: 'cmp al, 0x62' },
      registers: { rflags: taken ? 0x46 : 0x97 },
    },
    { rip: 0x1003, bytes: '7401', text: 'je short 0x1006' },
    taken ? { rip: 0x1006, bytes: 'f4', text: 'hlt' } : { rip: 0x1005, bytes: '90', text: 'nop' },
  ];
}

function withPair<T>(
  options: DiffOptions,
  use: (pair: Pair, text: ReturnType<typeof diffTraces>) => T,
): T {
  const symbols = [{ address: 0x1000, size: 0x10, name: 'read<&">' }];
  using a = new Side(writeFixtureTrace({ steps: steps('a'), symbols }));
  using b = new Side(writeFixtureTrace({ steps: steps('b'), symbols }));
  const pair = { a, b };
  return use(pair, diffTraces(pair, options));
}

test('text: the verdict first, both sides, within 80 columns', (t) => {
  withPair({}, (pair, result) => {
    const lines = textReport(pair, result, PLAIN);
    t.is(lines[0], "different: from step 0 (read<&\">) on, in 0x3f8 61 'a' | 62 'b'");
    const rest = lines.slice(1);
    t.true(
      rest.every((line) => line.length <= 80),
      rest.find((line) => line.length > 80),
    );
    t.true(lines.some((line) => /^ {2}\* rax +0x61 +0x62$/.test(line)));
    t.true(lines.some((line) => line.startsWith('  branch  step 2 (2 steps later)')));
  });
});

test('text: with limits, the exit depends on them alone', (t) => {
  withPair({ gates: { steps: 2 } }, (_, result) => {
    t.false(result.same);
    t.true(result.passed);
  });
});

test('JUnit has what its schema wants', (t) => {
  const xml = junitXml('suite', [
    { name: 'a & "b"', className: 'c', seconds: 1.5 },
    { name: 'bad\u0001', className: 'c', seconds: 0, failure: { message: '<x>', text: 'a\nb' } },
    { name: 'err', className: 'c', seconds: 0, error: { message: 'm', text: 't' } },
    { name: 'skip', className: 'c', seconds: 0, skipped: 'no KVM' },
  ]);
  t.deepEqual(checkJunit(xml), []);
});

test('the schemas see what is wrong', (t) => {
  t.not(checkJunit('<testsuites><testsuite/></testsuites>').length, 0);
  t.not(checkJunit('<testsuites').length, 0);
  t.not(checkSarif({ version: '2.1.0', runs: [{ tool: {} }] }).length, 0);
  t.not(checkSarif({ version: '2.0.0', runs: [] }).length, 0);
});

test('SARIF has what its schema wants', (t) => {
  for (const mode of ['exact', 'aligned', 'both'] as const) {
    withPair({ mode, gates: { steps: 0 } }, (pair, result) => {
      const found = findings(pair, result).map((each) => ({ ...each, artifact: 'traces/a b#.db' }));
      checkSarifText(t, JSON.stringify(sarifReport(found)));
    });
  }
});

function checkSarifText(t: ExecutionContext, text: string): void {
  t.deepEqual(checkSarif(JSON.parse(text)), []);
}

test('annotations escape what would end them, and control characters', (t) => {
  const finding = {
    rule: 'output',
    level: 'error',
    message: '50%\nmore \u001b[31m',
    address: undefined,
    subject: '',
    artifact: 'a,b:c.db',
  } as const;
  t.deepEqual(githubAnnotations([finding]), [
    '::error file=a%2Cb%3Ac.db,title=kvmtrace%3A output::50%25\\nmore \\x1b[31m',
  ]);
  const many = githubAnnotations(new Array(25).fill(finding));
  t.is(many.length, 10, 'as many as GitHub shows');
  t.is(many[9], '::error title=kvmtrace::16 more: the report has them all');
});

test('a name from a trace stays a name in Markdown', (t) => {
  t.is(plain('a*b_c <i> | [x](y) & ~z~'), 'a\\*b\\_c \\<i\\> \\| \\[x\\](y) \\& \\~z\\~');
  t.false(/@octocat|https:\/\/|www\.e/.test(plain('@octocat https://e.org www.e.org')));
  t.is(code('x`![i](u)`'), '`` x`![i](u)` ``');
  t.is(code('a|b'), '`a\\|b`');
  t.deepEqual(block(['```', '</details>\n@x']), ['````', '```', '</details>\\n@x', '````']);
});

test('Markdown is cut between sections', (t) => {
  const section = (character: string): string[] => [character.repeat(25_000)];
  const text = within([section('a'), section('b'), section('c'), section('d')]);
  t.is(text.length, 25_000 * 2 + 1 + '\n\n… 2 more, for which there is no room here'.length);
});

test('markdown: a table and no raw HTML from names', (t) => {
  withPair({}, (pair, result) => {
    const text = markdownReport(pair, result);
    t.true(text.startsWith('### ❌ different'));
    t.true(text.includes('| `rax` | `0x61` | `0x62` |'));
    t.true(text.length < 65_536);
  });
});
