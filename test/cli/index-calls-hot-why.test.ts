import test from 'ava';
import Sqlite from 'better-sqlite3';
import { chmodSync, readFileSync } from 'node:fs';
import { kvmtrace } from '../helpers/cli.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { isOneSentence } from '../helpers/sentence.js';
import { TRAPS, writeSound } from '../trace/hostile.js';

const plain = writeSound(false);

/** Standard output of a command that has to succeed. */
function run(...args: string[]): string {
  const { code, stdout, stderr } = kvmtrace(args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

test('index keeps the derived tables, and the answers stay the same', (t) => {
  const path = writeSound(false);
  const before = run('calls', path, '--format', 'json');
  t.regex(run('index', path), /^indexed 64 steps of .* in \d+\.\d s: /);
  t.is(run('calls', path, '--format', 'json'), before);
  t.regex(run('query', path, 'SELECT count(*) AS n FROM call', '--format', 'csv'), /n\r\n\d+/);
  const stock = new Sqlite(path, { readonly: true });
  t.true((stock.prepare('SELECT count(*) FROM memory_access').pluck().get() as number) > 0);
  stock.close();
});

test('calls as a tree and as a stack', (t) => {
  const tree = run('calls', plain);
  t.regex(tree, /^ *total +% +own +calls {2}function\n/);
  t.regex(tree, /100\.0 .* start\n/);
  t.true(tree.split('\n').every((line) => line.length <= 80));
  t.is(run('calls', plain, '--depth', '1').trim().split('\n').length, 2);
  t.regex(run('calls', plain, '--at', '3'), /^#0 {2}f .*\n#1 {2}start /);
  const { stack } = JSON.parse(run('calls', plain, '--at', '-1', '--format', 'json')) as {
    stack: { frame: number; function: string; ended: string }[];
  };
  t.deepEqual(
    stack.map(({ frame }) => frame),
    stack.map((_, i) => i),
  );
  t.is(stack.at(-1)!.function, 'start');
  t.is(stack.at(-1)!.ended, 'open');
});

test('a stack and a tree of thousands of calls', (t) => {
  const deep = 3000;
  const steps = Array.from({ length: deep }, (_, i) => ({
    rip: 0x1000,
    bytes: 'e8fbffffff',
    registers: { rsp: 0x80_0000 - 8 * (i + 1) },
  }));
  const path = writeFixtureTrace({
    steps,
    initial: { rsp: 0x80_0000 },
    symbols: [{ name: 'again', address: 0x1000, size: 16 }],
  });
  const lines = run('calls', path, '--at', '-1').trimEnd().split('\n');
  t.is(lines.length, deep);
  t.regex(lines[1]!, /^#1 {5}again {2}at again {2}from step 2998 to the end$/);

  const few = run('calls', path, '--at', '1000', '--depth', '2').trimEnd().split('\n');
  t.deepEqual(
    few.map((line) => line.slice(0, 5)),
    ['#0  a', '#1  a', '… and'],
  );
  const tree = run('calls', path, '--depth', '15').trimEnd().split('\n');
  t.regex(tree[13]!, / {24}again$/);
  t.regex(tree[15]!, / {24}#14 again$/);
});

test('hot functions and instructions', (t) => {
  const text = run('hot', plain, '--count', '3');
  t.regex(text, /own +% +total +% +calls {2}function\n/);
  t.regex(text, /steps +% +address {2}instruction\n/);
  const json = JSON.parse(run('hot', plain, '--by', 'total', '--format', 'json')) as {
    steps: number;
    functions: { function: string; total_steps: number }[];
    instructions: { steps: number }[];
  };
  t.is(json.functions[0]!.total_steps, 64);
  t.is(
    json.instructions.reduce((sum, { steps }) => sum + steps, 0),
    64,
  );
});

test('why', (t) => {
  const text = run('why', plain, '--at', '4', 'rax');
  t.regex(text, /^rax = 0x6 {2}step 3 f\+0x10 add rax, rbx\n├ rax = 0x3 /);
  const { origin, sources } = JSON.parse(
    run('why', plain, '--at', '4', 'rax', '--format', 'json'),
  ) as { origin: string; sources: unknown[] };
  t.is(origin, 'computed');
  t.is(run('why', plain, 'rax'), run('why', plain, '--at', '-1', 'rax'));
  t.is(sources.length, 2);
  t.regex(run('why', plain, '--at', '6', 'al'), /input: port 0x60/);
  t.regex(run('why', plain, '--at', '2', '[rsp-8]:4'), /initial value|initial contents/);
});

test('works on a trace that nobody may write', (t) => {
  const path = writeSound(false);
  chmodSync(path, 0o444);
  const before = readFileSync(path);
  run('calls', path);
  run('hot', path);
  t.deepEqual(readFileSync(path), before);
});

const BAD: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['why', plain, '--at', '4', 'nonsense'], /knows no register or flag "nonsense"/],
  [['why', plain, '--at', '4', '[nowhere]'], /no address, register or symbol/],
  [['why', plain, '--at', '4', '[0x1000'], /is no memory/],
  [['why', plain, '--at', '99', 'rax'], /has no state 99/],
  [['calls', plain, '--at', '99'], /has no state 99/],
  [['calls', plain, '--depth', '0'], /--depth 0 is not a count/],
  [['hot', plain, '--count', 'many'], /--count many is not a count/],
  [['index', '/nowhere.db'], /there is no trace \/nowhere\.db/],
];
for (const [args, message] of BAD) {
  test(`refuses: ${args.filter((arg) => arg !== plain).join(' ')}`, (t) => {
    const { code, stdout, stderr } = kvmtrace(args);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.true(isOneSentence(stderr.trim()), stderr);
  });
}

for (const name of ['a trigger', 'no instruction at all', 'instructions of high numbers']) {
  test(`a hostile trace through the command line: ${name}`, (t) => {
    const path = writeSound(false);
    const database = new Sqlite(path);
    database.exec(TRAPS[name]!);
    database.close();
    for (const args of [
      ['calls', path],
      ['hot', path],
      ['index', path],
      ['why', path, '--at', '9', 'rax'],
    ]) {
      const { code, stderr } = kvmtrace(args);
      t.is(code, 2, `${args[0]!}: ${stderr}`);
      t.true(isOneSentence(stderr.trim()), stderr);
    }
  });
}

test('steps around one, and what the beginning leaves of them', (t) => {
  const first = (...args: string[]): number => {
    const { steps } = JSON.parse(run('steps', plain, '--format', 'json', ...args)) as {
      steps: { step: number }[];
    };
    return steps[0]!.step;
  };
  t.is(first('--around', '20', '--count', '4'), 18);
  t.is(first('--around', '1', '--count', '20'), 0);
  const { code, stderr } = kvmtrace(['steps', plain, '--around', '64']);
  t.is(code, 2);
  t.regex(stderr, /has no step 64/);
});

test('SQL finds the tables that an index would have', (t) => {
  const indexed = writeSound(false);
  run('index', indexed);
  for (const table of ['call', 'memory_access', 'instruction_steps', 'function_steps']) {
    const sql = `SELECT * FROM ${table} ORDER BY 1, 2, 3`;
    t.is(run('query', plain, sql), run('query', indexed, sql), table);
    t.true(run('query', plain, sql).split('\n').length > 3, table);
  }
  t.regex(
    run('query', plain, 'SELECT count(*) FROM call JOIN memory_access', '--format', 'csv'),
    /\r\n[1-9]\d*\r\n$/,
  );
  const { code, stderr } = kvmtrace(['query', plain, 'SELECT * FROM calls']);
  t.is(code, 2);
  t.regex(stderr, /no such table: calls; the tables are /);
});
