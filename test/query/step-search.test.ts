/** Each search finds the steps that a look at every step finds. */
import test from 'ava';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { kvmtrace } from '../helpers/cli.js';
import { accessesOf, changesOfMemory, executionsOf } from '../../src/query/searches.js';
import { stepsBefore, stepsFrom, type StepSearch } from '../../src/query/step-search.js';
import type { StepRecord } from '../../src/query/step-records.js';
import { Trace } from '../../src/query/trace.js';

const path = fileURLToPath(new URL('traces/echo.trace', packageRoot));
const trace = Trace.open(path);
const records = [...trace.steps(0, trace.stepCount)];
const ALL = Number.MAX_SAFE_INTEGER;

function changedBits(record: StepRecord, name: string): bigint {
  const change = record.registers.find((each) => each.name === name);
  return change === undefined ? 0n : change.after ^ (change.before ?? 0n);
}

function changes({ memory }: StepRecord, gpa: number, length: number): boolean {
  return memory.some((each) =>
    each.after.some(
      (byte, i) => byte !== each.before[i] && each.gpa + i >= gpa && each.gpa + i < gpa + length,
    ),
  );
}

const stack = Number(trace.state(0).register('rsp')) - 64;
const symbol = 'read_byte';

const SEARCHES: Readonly<Record<string, readonly [StepSearch, (record: StepRecord) => boolean]>> = {
  'a register': [trace.registerChanges('rdi'), (each) => changedBits(each, 'rdi') !== 0n],
  'a byte of a register': [
    trace.registerChanges('al'),
    (each) => (changedBits(each, 'rax') & 0xffn) !== 0n,
  ],
  'the second byte of a register': [
    trace.registerChanges('ah'),
    (each) => (changedBits(each, 'rax') & 0xff00n) !== 0n,
  ],
  'a flag': [trace.registerChanges('zf'), (each) => (changedBits(each, 'rflags') & 0x40n) !== 0n],
  'a vector register': [
    trace.registerChanges('xmm1'),
    (each) => changedBits(each, 'xmm1_0') !== 0n || changedBits(each, 'xmm1_1') !== 0n,
  ],
  memory: [changesOfMemory(trace, { gpa: stack, length: 64 }), (each) => changes(each, stack, 64)],
  'an address': [
    executionsOf(trace, records[30]!.instruction.address),
    (each) => each.instruction.address === records[30]!.instruction.address,
  ],
  'a symbol': [
    executionsOf(trace, symbol),
    (each) => each.instruction.address === trace.symbolNamed(symbol)!.address,
  ],
};

for (const [what, [search, isFound]] of Object.entries(SEARCHES)) {
  test(`${what}, forwards and backwards`, (t) => {
    const expected = records.filter(isFound).map(({ step }) => step);
    if (what !== 'a vector register') t.true(expected.length > 0);
    t.deepEqual([...stepsFrom(search, 0, ALL)], expected);
    t.deepEqual(stepsBefore(search, trace.stepCount, ALL), expected);
    const middle = expected[expected.length >> 1] ?? 0;
    t.deepEqual(
      [...stepsFrom(search, middle, 2)],
      expected.filter((step) => step >= middle).slice(0, 2),
    );
    t.deepEqual(stepsBefore(search, middle, 2), expected.filter((step) => step < middle).slice(-2));
  });
}

test('accesses are the reads, and the writes that change nothing, too', (t) => {
  const range = { gpa: stack, length: 64 };
  const found = [...stepsFrom(accessesOf(trace, range), 0, ALL)];
  const expected = [...new Set(trace.accesses(range).map(({ step }) => step))];
  t.deepEqual(found, expected);
  t.deepEqual(stepsBefore(accessesOf(trace, range), trace.stepCount, ALL), expected);
  const changed = [...stepsFrom(changesOfMemory(trace, range), 0, ALL)];
  t.true(changed.length < found.length);
  t.true(changed.every((step) => found.includes(step)));
});

function listed(...args: string[]): number[] {
  const { code, stdout, stderr } = kvmtrace(['steps', path, '--format', 'json', ...args]);
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { steps: { step: number }[] }).steps.map(({ step }) => step);
}

test('the command lists them', (t) => {
  const search = trace.registerChanges('al');
  t.deepEqual(listed('--writes', 'al', '--count', '5'), [...stepsFrom(search, 0, 5)]);
  const end = trace.stepCount - 10;
  t.deepEqual(
    listed('--writes', 'al', '--before', String(end), '--count', '3'),
    stepsBefore(search, end, 3),
  );
  t.deepEqual(listed('--before', '5', '--count', '3'), [2, 3, 4]);
  const place = trace.symbolNamed(symbol)!.address;
  const [first, second] = stepsFrom(executionsOf(trace, place), 0, 2);
  t.is(listed('--from', symbol, '--count', '1')[0], first);
  t.is(listed('--from', `0x${place.toString(16)}:2`, '--count', '1')[0], second);
  const bytes = `phys:[0x${stack.toString(16)}]:64`;
  t.deepEqual(listed('--accesses', bytes, '--count', '1000000'), [
    ...stepsFrom(accessesOf(trace, { gpa: stack, length: 64 }), 0, ALL),
  ]);
  const state = kvmtrace(['state', path, '--at', `${symbol}:2`]);
  t.true(state.stdout.startsWith(`state ${String(second)} of `));
});

test('that there is none is said beside an empty listing', (t) => {
  const { code, stdout, stderr } = kvmtrace(['steps', path, '--runs', '0x123456']);
  t.deepEqual([code, stdout, stderr], [0, '', 'kvmtrace: no step does that there.\n']);
});

for (const [args, says] of [
  [['--from', 'nosuch'], /^kvmtrace: --from nosuch is not a number, nor a place in code: give one/],
  [['--from', 'start:0'], /^kvmtrace: --from start:0 is not a number/],
  [['--from', '0x123456:1'], /0x123456 is not executed so often, or never\.$/],
  [['--writes', 'nosuch'], /knows no register nosuch/],
  [['--writes', 'rip'], /^kvmtrace: --writes rip: every step does/],
  [['--writes', '[rsp'], /is no memory: give it as/],
  [
    ['--runs', 'read_bite'],
    /^kvmtrace: --runs read_bite \(did you mean read_byte\?\): give an address/,
  ],
  [
    ['--from', 'read_bite:2'],
    /not a number, nor a place in code \(did you mean read_byte\?\): give/,
  ],
  [['--writes', 'xmmm0_1'], /knows no register xmmm0_1 \(did you mean xmm0_1\?\)/],
  [
    ['--accesses', '[read_bite+8]:4'],
    /no address, register or symbol of this trace \(did you mean read_byte\?\)/,
  ],
  [['--runs', 'nosuch'], /^kvmtrace: --runs nosuch: give an address or a symbol/],
  [['--before', '5', '--from', '1'], /mutually exclusive/],
] as const) {
  test(`refuses ${args.join(' ')}`, (t) => {
    const { code, stderr } = kvmtrace(['steps', path, ...args]);
    t.is(code, 2);
    t.regex(stderr.trim(), says);
  });
}
