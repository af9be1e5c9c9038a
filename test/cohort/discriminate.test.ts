import test from 'ava';
import { compareRuns } from '../../src/cohort/discriminate.js';
import { runsText } from '../../src/report/diff/runs.js';
import { spreadLists } from '../../src/cli/arguments/spread-lists.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { writeFixtureTrace, type FixtureStep } from '../helpers/fixture-trace.js';
import { kvmTest } from '../helpers/kvm.js';

/** Reads a byte, branches on whether it is 'x', writes it. */
function run(byte: string): string {
  const x = byte === 'x';
  const steps: FixtureStep[] = [
    { rip: 0x1000, bytes: 'ec', text: 'in al, dx', in: [0x3f8, byte] },
    { rip: 0x1001, bytes: '3c78', text: 'cmp al, 0x78' },
    { rip: 0x1003, bytes: '7401', text: 'je short 0x1006' },
    x ? { rip: 0x1006, bytes: '90' } : { rip: 0x1005, bytes: '90' },
    { rip: 0x1007, bytes: 'e6e9', text: 'out 0xe9, al', out: [0xe9, byte] },
  ];
  return writeFixtureTrace({ steps, symbols: [{ address: 0x1000, size: 0x20, name: 'main' }] });
}

test('the input comes before the branch that it decides, and that before the output', (t) => {
  const { found } = compareRuns([run('a'), run('b')], [run('x'), run('x')]);
  const only = found.filter(({ how }) => how === 'only-failing');
  t.deepEqual([...new Set(only.map(({ kind }) => kind))], ['input', 'branch', 'output']);
  t.is(only[0]!.text, "byte 0 from port 0x3f8 is 78 'x'");
  t.regex(only.find(({ kind }) => kind === 'branch')!.text, /^main\+0x3: je .* goes to main\+0x6$/);
  const passing = found.filter(({ how }) => how === 'only-passing');
  t.regex(passing[0]!.text, /goes to main\+0x5$/);
});

test('what one failing run lacks, or a passing run has, tells nothing apart', (t) => {
  t.deepEqual(compareRuns([run('x')], [run('x')]).found, []);
  const { found } = compareRuns([run('a')], [run('x'), run('a')]);
  t.deepEqual(found, []);
  t.throws(() => compareRuns([], [run('x')]), { message: /no run passed/ });
  t.throws(() => compareRuns([run('x')], []), { message: /no run failed/ });
});

test('the text fits 80 columns', (t) => {
  const comparison = compareRuns([run('a')], [run('x')]);
  const same = (text: string): string => text;
  const lines = runsText(comparison, 20, { strong: same, faint: same, change: same });
  t.regex(lines[0]!, /^told apart by input at step 0 of a failing run/);
  t.true(lines.every((line) => line.length <= 80 || line.includes('.db')));
});

kvmTest('recordings: the byte that all failing inputs have', async (t) => {
  const guest = buildGuest('echo.c');
  const record = (input: string): Promise<string> => recordBuilt(guest, input);
  const pass = [await record('aaa1'), await record('bbb'), await record('c2c')];
  const fail = [await record('xyZ'), await record('Zab')];
  const { found } = compareRuns(pass, fail);
  t.is(found[0]!.text, "a byte from port 0x3f8 is 5a 'Z'");
});

test('lists of the command line go on up to the next option', (t) => {
  t.deepEqual(spreadLists('compare --pass a b --fail x y --format json'.split(' ')), [
    ...['compare', '--pass', 'a', '--pass', 'b', '--fail', 'x', '--fail', 'y', '--format', 'json'],
  ]);
  t.deepEqual(spreadLists(['diff', '--pass', 'a', 'b']), ['diff', '--pass', 'a', 'b']);
});
