/** Two builds of which the change is known: the reports begin with it, and with the way from it. */
import { diffTraces, type DiffResult } from '../../../src/diff/diff.js';
import { Side, type Pair } from '../../../src/diff/side.js';
import { diffReport } from '../../../src/report/diff/reports.js';
import { textReport } from '../../../src/report/diff/text.js';
import { findings } from '../../../src/views/diff/finding.js';
import { jsonReport } from '../../../src/views/diff/document.js';
import { afterText, causeView } from '../../../src/views/diff/cause-words.js';
import { placeOf, recordBuild } from '../../helpers/builds.js';
import { buildGuest, recordBuilt } from '../../helpers/built-guest.js';
import { kvmTest } from '../../helpers/kvm.js';

const PLAIN = { strong: String, faint: String, change: String };

const record = (...flags: string[]): Promise<string> => recordBuild('rounds.c', ['-O2', ...flags]);

function compare<T>(a: string, b: string, use: (pair: Pair, result: DiffResult) => T): T {
  using sideA = new Side(a);
  using sideB = new Side(b);
  const pair = { a: sideA, b: sideB };
  return use(pair, diffTraces(pair));
}

kvmTest(
  'a changed constant: the code, the value, the way to the branch, what followed',
  async (t) => {
    const [a, b] = [await record(), await record('-DROUNDS=5')];
    compare(a, b, (pair, result) => {
      const aligned = result.aligned!;
      const cause = aligned.cause!;
      t.is(cause.name, 'mix');
      t.regex(placeOf(b, cause.change.stepB), /^mix/);
      t.deepEqual(cause.calls, [{ callee: 'mix_round', a: 7, b: 8 }]);
      t.is(cause.leadsTo, 'branch');
      // The way: what the hash returns is compared, and main branches on that.
      const last = cause.way.at(-1)!;
      t.regex(placeOf(a, last.stepA), /^main/);
      t.is(last.stepA, aligned.flow!.decisionA!);
      t.is(last.stepB, aligned.flow!.decisionB!);
      const places = cause.way.map(({ stepA }) => placeOf(a, stepA).replace(/\+.*/, ''));
      t.deepEqual([...new Set(places)], ['mix', 'self_test', 'main']);
      const returned = cause.way.flatMap(({ value }) => (value === undefined ? [] : [value]));
      // As computed by hand: the hash of "abc" with 4 and with 5 rounds.
      t.true(
        returned.some(
          (value) => value.a === 0x8ef8203a84d6d6dbn && value.b === 0xac00078320eef46en,
        ),
      );
      const view = causeView(pair, aligned)!;
      t.regex(
        view.value!,
        /^rax 0x8ef8203a84d6d6db \| 0xac00078320eef46e after step \d+ \| \d+, mix/,
      );
      t.is(view.calls, '7 -> 8 calls of mix_round in that call of mix');
      t.regex(
        view.end,
        /^step \d+ \| \d+, main\+0x\w+: jn?e .*, goes to main\+0x\w+ \| main\+0x\w+$/,
      );
      const after = afterText(aligned).join('; ');
      t.regex(after, /port 0xe9: "kept \d\\n" \| "self test failed/);
      t.regex(after, /[345] functions no longer reached$/);
      t.regex(result.verdict, /^different: mix(?:\+0x\w+)? has other code, first run at step \d+/);
    });
  },
);

kvmTest('the cause comes first in every format', async (t) => {
  const [a, b] = [await record(), await record('-DROUNDS=5')];
  await withReports(a, b, async (pair, result) => {
    const lines = textReport(pair, result, PLAIN);
    t.true(lines.slice(1).every((line) => line.length <= 80));
    const order = ['cause', 'aligned by', 'control flow', 'output', '  function'].map((head) =>
      lines.findIndex((line) => line.startsWith(head)),
    );
    t.deepEqual(
      order,
      [...order].sort((x, y) => x - y),
    );
    t.true(order.every((at) => at > 0));
    t.is(findings(pair, result)[0]!.rule, 'code');
    const markdown = await diffReport(pair, result, 'markdown', PLAIN as never);
    t.true(markdown.indexOf('**Cause:** mix') > 0);
    t.true(markdown.indexOf('**Cause:**') < markdown.indexOf('control flow'));
    const sarif = JSON.parse(await diffReport(pair, result, 'sarif', PLAIN as never)) as {
      runs: { results: { ruleId: string; message: { text: string } }[] }[];
    };
    t.is(sarif.runs[0]!.results[0]!.ruleId, 'code');
    const junit = await diffReport(pair, result, 'junit', PLAIN as never);
    t.regex(junit, /message="different: mix(?:\+0x\w+)? has other code/);
    const github = await diffReport(pair, result, 'github', PLAIN as never);
    t.regex(github, /^::error file=.*code::mix/);
    const { cause } = jsonReport(pair, result)['aligned'] as Record<
      string,
      Record<string, unknown>
    >;
    t.is(cause!['function'], 'mix');
    t.is(cause!['leads_to'], 'branch');
  });
});

async function withReports(
  a: string,
  b: string,
  use: (pair: Pair, result: DiffResult) => Promise<void>,
): Promise<void> {
  using sideA = new Side(a);
  using sideB = new Side(b);
  const pair = { a: sideA, b: sideB };
  await use(pair, diffTraces(pair));
}

kvmTest('a changed branch: both instructions, and the branch that it decides', async (t) => {
  const [a, b] = [await record(), await record('-DFLOOR=20')];
  compare(a, b, (pair, { aligned }) => {
    const { cause, flow } = aligned!;
    t.is(cause!.name, 'sum');
    const view = causeView(pair, aligned!)!;
    t.deepEqual(
      view.code.map(({ side, text }) => [side, /0x\w+/.exec(text)?.[0]]),
      [
        ['a', '0x27'],
        ['b', '0x13'],
      ],
    );
    t.is(cause!.leadsTo, 'branch');
    t.is(cause!.way.at(-1)!.stepA, flow!.decisionA!);
    t.true(cause!.way.every(({ stepA }) => placeOf(a, stepA).startsWith('sum')));
  });
});

kvmTest('an added function: the call is the change, and nothing follows', async (t) => {
  const [a, b] = [await record(), await record('-DAUDIT')];
  compare(a, b, (pair, { aligned }) => {
    t.is(aligned!.cause!.name, 'main');
    t.deepEqual(aligned!.cause!.calls, [{ callee: 'audit', a: 0, b: 1 }]);
    t.is(aligned!.flow, undefined);
    const view = causeView(pair, aligned!)!;
    t.true(view.code.some(({ side, text }) => side === 'b' && text.startsWith('call')));
    t.is(view.end, 'decides no branch, and changes no output');
  });
});

kvmTest('moved data, ends of arrays included: the same', async (t) => {
  const [a, b] = [await record(), await record('-DPAD')];
  compare(a, b, (_, { same, aligned, verdict }) => {
    t.true(same, verdict);
    t.is(aligned!.changedFunctions, 0);
    t.is(aligned!.cause, undefined);
  });
});

kvmTest('another optimisation level: no one change is the cause, and that is said', async (t) => {
  const [a, b] = [await recordBuild('shop.c', ['-O1']), await recordBuild('shop.c', ['-O2'])];
  compare(a, b, (pair, result) => {
    const { cause, changedFunctions } = result.aligned!;
    t.true(changedFunctions > 3);
    const text = textReport(pair, result, PLAIN).join('\n');
    if (cause === undefined) t.regex(text, /functions that both ran have other code/);
    else t.true(changedFunctions <= 8);
  });
});

kvmTest('code that one run alone took is no change of it', async (t) => {
  const [a, b] = [await record(), await record('-DROUNDS=5')];
  compare(a, b, (_, { aligned }) => {
    const changed = aligned!.functions.filter(({ codeChanged }) => codeChanged);
    t.deepEqual(
      changed.map(({ name }) => name),
      ['mix'],
    );
    const unreached = aligned!.functions.filter(({ notReached }) => notReached);
    t.deepEqual(unreached.map(({ name }) => name).sort(), ['drop', 'fill', 'print', 'sum']);
  });
});

kvmTest('where a recorder stopped, both are compared up to there, and that is said', async (t) => {
  const guest = buildGuest('rounds.c', { flags: ['-O2', '-DAUDIT'] });
  const a = await record();
  const b = await recordBuilt(guest, '', 250);
  for (const [x, y, cutSide] of [
    [a, b, 'a'],
    [b, a, 'b'],
  ] as const) {
    compare(x, y, (_, { verdict, aligned, same }) => {
      t.false(same);
      const { cut } = aligned!;
      t.like(cut, { side: cutSide, ended: 250, reason: 'max-steps' });
      t.regex(verdict, /was stopped \(max-steps\) after 250 steps: compared up to/);
      t.true(cut!.step <= 250);
      t.deepEqual(aligned!.outputs.differences, [], 'what came later is no difference');
      t.false(aligned!.functions.some(({ notReached }) => notReached));
    });
  }
});
