/** Traces of two programs are said to be that, before anything else is told of them. */
import test from 'ava';
import { compareRuns } from '../../src/cohort/discriminate.js';
import { findings } from '../../src/views/diff/finding.js';
import { jsonReport } from '../../src/views/diff/document.js';
import { textReport } from '../../src/report/diff/text.js';
import { diffTraces, type DiffMode } from '../../src/diff/diff.js';
import { kvmtrace } from '../helpers/cli.js';
import { withPair } from '../helpers/diff-pair.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';

const PLAIN = { strong: String, faint: String, change: String };

/** A guest with these functions, each of a few instructions that run once. */
function guest(hash: string, names: readonly string[], code = '90'): string {
  const steps = names.flatMap((_, i) =>
    [0, 1, 2].map((at) => ({ rip: 0x1000 + 0x100 * i + at, bytes: code })),
  );
  const symbols = names.map((name, i) => ({ address: 0x1000 + 0x100 * i, size: 0x100, name }));
  return writeFixtureTrace({ steps, symbols, meta: { guest_sha256: hash.repeat(64) } });
}

const shop = guest('a', ['main', 'sell', 'buy', 'count', 'print']);
const shopAgain = guest('b', ['main', 'sell', 'buy', 'count', 'print', 'audit']);
const clock = guest('c', ['main', 'tick', 'tock', 'wind', 'ring']);
const others = guest('d', ['main', 'tick', 'tock', 'wind', 'ring'], 'f8');

function lines(a: string, b: string, mode: DiffMode): readonly string[] {
  return withPair(a, b, (pair) => textReport(pair, diffTraces(pair, { mode }), PLAIN));
}

test('two programs: the first line says so, with the share, and there is no verdict', (t) => {
  withPair(shop, clock, (pair) => {
    const result = diffTraces(pair);
    t.is(
      result.verdict,
      'not two runs of one program: other guests, 1 of 5 functions have the same name (20%), less than the 40% from which on they are compared',
    );
    t.true(result.refused);
    t.false(result.same);
    t.false(result.passed);
    t.is(result.aligned, undefined);
    t.is(result.exact, undefined);
    t.deepEqual(
      findings(pair, result).map(({ rule }) => rule),
      ['unrelated'],
    );
    t.like(jsonReport(pair, result)['guests'], {
      same: false,
      shared_by: 'functions',
      share: 0.2,
      least_share: 0.4,
      refused: true,
    });
  });
  t.is(kvmtrace(['diff', shop, clock]).code, 1);
  t.notRegex(lines(shop, clock, 'auto').join('\n'), /same ways|control flow/);
});

test('limits do not hold between two programs', (t) => {
  withPair(clock, shop, (pair) => {
    t.false(diffTraces(pair, { gates: { steps: 1000 } }).passed);
  });
});

test('who asks for it gets the comparison, with the doubt in front', (t) => {
  for (const mode of ['exact', 'aligned', 'both'] as const) {
    const [first] = lines(shop, others, mode);
    t.regex(first!, /^not two runs of one program: .*\(20%\); different: /, mode);
  }
});

test('two builds that share their functions are compared, and the other hash is shown', (t) => {
  const report = lines(shop, shopAgain, 'auto');
  t.regex(report[0]!, /^different: /);
  t.true(report.includes(`  other guests: sha256 ${'a'.repeat(16)} | ${'b'.repeat(16)}`));
});

test('without symbols the share of the steps that could be aligned decides', (t) => {
  const bare = (hash: string, code: string): string => {
    const steps = Array.from({ length: 30 }, (_, i) => ({ rip: 0x1000 + i, bytes: code }));
    return writeFixtureTrace({ steps, meta: { guest_sha256: hash.repeat(64) } });
  };
  const [nops, same, others] = [bare('a', '90'), bare('b', '90'), bare('c', 'f8')];
  withPair(nops, others, (pair) => {
    const { verdict, refused } = diffTraces(pair);
    t.true(refused);
    t.regex(verdict, /^not two runs of one program: other guests, 0% of a's steps and 0% of b's/);
  });
  withPair(nops, same, (pair) => t.false(diffTraces(pair).refused));
});

test('compare refuses runs of two programs in one sentence', (t) => {
  t.throws(() => compareRuns([shop], [clock]), {
    message: /are not two runs of one program: .*\(20%\), less than 40%: compare runs of one guest/,
  });
  t.notThrows(() => compareRuns([shop], [shopAgain]));
  const { code, stdout, stderr } = kvmtrace(['compare', '--pass', shop, '--fail', clock]);
  t.is(code, 2);
  t.is(stdout, '');
  t.regex(stderr, /^kvmtrace: .* not two runs of one program/);
});
