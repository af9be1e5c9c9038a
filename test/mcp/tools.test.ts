/** Every tool, asked by the SDK's client. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { MAX_ANSWER_CHARACTERS } from '../../src/mcp/answer.js';
import { Trace } from '../../src/query/trace.js';
import { EXAMPLE } from '../cli/example-trace.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { isOneSentence } from '../helpers/sentence.js';
import { pathOf, Session } from './client.js';

const HELLO = pathOf('traces/hello.db');
const session = await Session.start(HELLO);
const example = await Session.start(writeFixtureTrace(EXAMPLE));
test.after.always(async () => {
  await session[Symbol.asyncDispose]();
  await example[Symbol.asyncDispose]();
});

test('few tools, each described, all of them reading only', async (t) => {
  const { tools } = await session.client.listTools();
  t.deepEqual(
    tools.map(({ name }) => name),
    ['info', 'where', 'steps', 'state', 'why', 'find_write', 'calls', 'query', 'diff'],
  );
  for (const { name, description, inputSchema, annotations } of tools) {
    t.true(description!.length > 60, name);
    t.is(annotations?.readOnlyHint, true);
    for (const [argument, schema] of Object.entries(inputSchema.properties ?? {})) {
      const { description: said, default: usual } = schema as Record<string, unknown>;
      t.true(said !== undefined || usual !== undefined, `${name}.${argument}`);
    }
  }
  t.regex(session.client.getInstructions() ?? '', /State n is the machine just before step n/);
});

test('the schema is a resource', async (t) => {
  const { resources } = await session.client.listResources();
  t.deepEqual(
    resources.map(({ uri }) => uri),
    ['kvmtrace://schema'],
  );
  const { contents } = await session.client.readResource({ uri: 'kvmtrace://schema' });
  t.is((contents[0] as { text: string }).text, readFileSync(pathOf('schema/README.md'), 'utf8'));
});

test('info: what it is, how it ended, what it printed, where the steps went', async (t) => {
  const info = await session.ask('info');
  t.is(info['steps'], 1865);
  t.is(info['stopped_by'], 'debug-exit');
  t.is(info['console_tail'], 'Hello from a KVM guest\nfibonacci(9) = 34\n');
  t.deepEqual((info['top_functions'] as object[])[0], {
    ...{ function: 'fibonacci', calls: 55, own_steps: 884, total_steps: 884 },
  });
  t.is((info['last_state'] as Record<string, unknown>)['rip'], '0x100009');
  const { interruptions } = await example.ask('info');
  t.deepEqual(
    (interruptions as { vector: number }[]).map(({ vector }) => vector).sort(),
    [14, 32, 6],
  );
});

test('where: the innermost frame first, by step and by execution of a place', async (t) => {
  const where = await session.ask('where', { at: 'fibonacci:3' });
  t.is(where['place'], 'fibonacci');
  t.regex((where['stack'] as string[])[0]!, /^#0 {2}fibonacci/);
  t.regex((where['stack'] as string[]).at(-1)!, /^#\d+ +_start/);
  t.deepEqual(await session.ask('where', { at: where['step'] }), where);
  const one = await session.ask('where', { at: 'fibonacci:3', frames: 1 });
  t.is((one['stack'] as string[]).length, 2);
  t.regex((one['stack'] as string[])[1]!, /further out/);
  const end = await session.ask('where', { at: -1 });
  t.is(end['step'], 1865);
  t.regex(String(end['instruction']), /end of the recording/);
});

test('steps: what was asked for, and how to go on', async (t) => {
  const { steps, more } = await session.ask('steps', { from: 100, count: 3 });
  t.regex((steps as string[])[0]!, /^100 {2}serial_put\+0xd .*mov edx, 0x3f8 .*rdx 0x3fd→0x3f8$/);
  t.is((steps as string[]).length, 3);
  t.deepEqual(more, { from: 103, count: 3 });
  const next = await session.ask('steps', more as Record<string, unknown>);
  t.regex((next['steps'] as string[])[0]!, /^103 /);
  const around = await session.ask('steps', { around: 100, count: 5 });
  t.regex((around['steps'] as string[])[2]!, /^100 /);
  const last = await session.ask('steps', { from: -2 });
  t.is((last['steps'] as string[]).length, 2);
  t.false('more' in last);
});

test('state: registers as hexadecimal text, memory as bytes and text', async (t) => {
  using trace = Trace.open(HELLO);
  const state = await session.ask('state', { at: 500, memory: ['rsp:16', 'main:4'] });
  const registers = state['registers'] as Record<string, string>;
  t.is(registers['rsp'], `0x${trace.state(500).register('rsp')!.toString(16)}`);
  t.is(Object.keys(registers).length, 17);
  const [stack, code] = state['memory'] as Record<string, string>[];
  t.is(stack!['address'], registers['rsp']);
  t.regex(stack!['bytes']!, /^([0-9a-f]{2} ){15}[0-9a-f]{2}$/);
  t.is(code!['symbol'], 'main');
  const all = await session.ask('state', { at: 500, registers: 'all' });
  t.true('cr3' in (all['registers'] as object));
  const nowhere = await session.ask('state', {
    at: 0,
    memory: ['0x7fffffff0000:8'],
    registers: 'none',
  });
  t.regex((nowhere['memory'] as Record<string, string>[])[0]!['fault']!, /0x7fffffff0000/);
});

test('find_write: the last and the next, and how to go on', async (t) => {
  const before = await session.ask('find_write', { what: 'rdx', at: 104 });
  t.regex((before['writes'] as string[])[0]!, /^ *100 .*mov edx/);
  const after = await session.ask('find_write', {
    what: 'rdx',
    at: 101,
    direction: 'after',
    count: 2,
  });
  t.is((after['writes'] as string[]).length, 2);
  const more = await session.ask('find_write', after['more'] as Record<string, unknown>);
  t.true(
    Number.parseInt((more['writes'] as string[])[0]!) >
      Number.parseInt((after['writes'] as string[])[1]!),
  );
  const stack = await session.ask('find_write', { what: '[rsp]:8', at: 'fibonacci:2' });
  t.regex((stack['writes'] as string[])[0]!, /call/);
  const none = await session.ask('find_write', { what: 'cr3', at: 100 });
  t.deepEqual(none, { writes: [], none: 'it has not changed since the initial state' });
});

test('why, calls, and wide numbers', async (t) => {
  const { tree } = await session.ask('why', { at: 101, what: 'rdx' });
  t.regex(
    (tree as string[])[0]!,
    /^rdx = 0x3f8 .*step 100 serial_put\+0xd mov edx, 0x3f8 +\(constant\)$/,
  );
  const calls = await session.ask('calls', { depth: 3, min_steps: 100 });
  t.true((calls['tree'] as string[]).some((line) => line.includes('fibonacci')));
  t.false((calls['tree'] as string[]).some((line) => line.includes('text_clear')));
});

test('query: rows, numbers that are exact, and the next page', async (t) => {
  const sql = 'SELECT id FROM step ORDER BY id';
  const first = await session.ask('query', { sql, limit: 2 });
  t.deepEqual(first['rows'], [[0], [1]]);
  const second = await session.ask('query', first['more'] as Record<string, unknown>);
  t.deepEqual(second['rows'], [[2], [3]]);
  const { rows } = await session.ask('query', {
    sql: "SELECT -1, 0x7fffffffffffffff, 9007199254740991, x'0102', NULL, hex(255), printf('%.*c', 900, 'x')",
  });
  const [row] = rows as unknown[][];
  t.deepEqual(row!.slice(0, 6), [-1, '0x7fffffffffffffff', 9007199254740991, '0102', null, '0xff']);
  t.regex(String(row![6]), /^x{500}… \(900 characters: use substr\)$/);
});

test('diff: the same, and where two part', async (t) => {
  const same = await session.ask('diff', { other: HELLO });
  t.is(same['same'], true);
  const {
    same: equal,
    verdict,
    report,
  } = await session.ask('diff', {
    other: pathOf('traces/shop.trace'),
    lines: 5,
  });
  t.is(equal, false);
  t.not(verdict, '');
  t.true((report as string[]).length <= 5);
});

test('answers are bounded', async (t) => {
  for (const [tool, args] of [
    ['steps', { from: 0, count: 100, reads: true }],
    ['query', { sql: 'SELECT data FROM snapshot_page', limit: 500 }],
    ['state', { at: 0, registers: 'all', memory: Array<string>(8).fill('rsp-1024:1024') }],
    ['calls', { depth: 30 }],
  ] as const) {
    const { text, isError } = await session.call(tool, args);
    t.false(isError, text);
    t.true(text.length <= MAX_ANSWER_CHARACTERS + 200, `${tool}: ${text.length}`);
  }
});

test('what cannot be answered is said in one sentence, with what to do', async (t) => {
  const cases: [tool: string, args: Record<string, unknown>, message: RegExp][] = [
    ['where', { at: 99_999 }, /has no state 99999: its states are 0 to 1865/],
    ['where', { at: 'nothing' }, /at nothing is not a number, nor a place in code/],
    ['where', { at: 'main:9' }, /is not executed so often/],
    ['steps', { from: 1865 }, /its steps are 0 to 1864/],
    ['why', { at: 5, what: 'xyz' }, /xyz/],
    ['why', { at: 5, what: '[nowhere]' }, /nowhere/],
    ['state', { at: 5, memory: ['rsp:4096'] }, /at most 1024 bytes at a time/],
    ['find_write', { at: 5, what: 'rip2' }, /rip2/],
    ['query', { sql: 'DELETE FROM step' }, /would write|only read/],
    ['query', { sql: 'SELECT * FROM nowhere' }, /no such table: nowhere; the tables are meta/],
    ['diff', { other: '/nonexistent.db' }, /nonexistent/],
  ];
  for (const [tool, args, message] of cases) {
    const { text, isError } = await session.call(tool, args);
    t.true(isError, `${tool} ${JSON.stringify(args)}: ${text}`);
    t.regex(text, message);
    t.true(isOneSentence(text), text);
  }
  for (const args of [{ at: 1.5 }, {}, { at: 1, frames: 0 }]) {
    t.true((await session.call('where', args)).isError);
  }
});
