import test from 'ava';
import { KvmtraceError } from '../../src/base/errors.js';
import { Trace } from '../../src/query/trace.js';
import { writeFixtureTrace, type Fixture } from '../helpers/fixture-trace.js';
import { isOneSentence } from '../helpers/sentence.js';

const FIXTURE: Fixture = {
  symbols: [
    { address: 0x1000, size: 3, name: 'start' },
    { address: 0xffffffff80000000n, size: 0, name: 'high' },
  ],
  steps: [
    { rip: 0x1000, text: 'inc rax', registers: { rax: 1 } },
    { rip: 0x1001, text: 'push rax', memory: [{ gpa: 0x2000, size: 8, value: 1 }] },
    { rip: 0xffffffff80000010n, text: 'inc rax', registers: { rax: -1n, rflags: 6 } },
  ],
  meta: { final_rip: -0x10 },
  sql: `INSERT INTO interruption VALUES (1, 2, 14, 'fault', 2, -1, 4097, 0)`,
};

function open(fixture: Partial<Fixture> = {}): Trace {
  return Trace.open(writeFixtureTrace({ ...FIXTURE, ...fixture }));
}

test('steps: what ran, where, and what it changed', (t) => {
  using trace = open();
  const [first, second, third] = [...trace.steps(0, 99)];
  t.is(first!.symbol?.symbol.name, 'start');
  t.deepEqual(first!.registers, [{ name: 'rax', bits: 64, before: 0n, after: 1n }]);
  t.deepEqual(second!.memory, [
    {
      gpa: 0x2000,
      before: new Uint8Array(8),
      after: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0),
    },
  ]);
  t.is(third!.instruction.rip, 0xffffffff80000010n);
  t.is(third!.symbol?.offset, 0x10n);
  t.is(third!.interruptions[0]?.cr2, 0xffffffffffffffffn);
  t.deepEqual(third!.registers[0], {
    name: 'rax',
    bits: 64,
    before: 1n,
    after: 0xffffffffffffffffn,
  });
});

test('steps may begin and end anywhere', (t) => {
  using trace = open();
  t.deepEqual(
    [...trace.steps(1, 1)].map(({ step }) => step),
    [1],
  );
  // The value before comes from the trace, not from the listing.
  t.is([...trace.steps(2, 1)][0]!.registers[0]!.before, 1n);
});

test('a listing longer than what is read at once has no seams', (t) => {
  const steps = Array.from({ length: 1000 }, (_, i) => ({
    rip: 0x1000,
    registers: { rax: i + 1 },
  }));
  using trace = open({ steps });
  const records = [...trace.steps(0, 1000)];
  t.is(records.length, 1000);
  t.true(records.every(({ registers }, i) => registers[0]!.before === BigInt(i)));
});

test('states, the last included', (t) => {
  using trace = open();
  t.is(trace.state(0).rip, 0x1000n);
  t.is(trace.state(2).register('rax'), 1n);
  const last = trace.state(3);
  t.is(last.rip, 0xfffffffffffffff0n);
  t.is(last.instruction, undefined);
  t.is(last.register('rax'), 0xffffffffffffffffn);
  t.is(last.register('rip'), last.rip);
  t.is(last.register('xmm0_0'), undefined);
  t.is(last.generalRegisters().length, 17);
});

test('the last state of a trace that was cut off has no rip', (t) => {
  using trace = open({ incomplete: true, meta: {} });
  t.is(trace.state(3).rip, undefined);
});

test('last and next write to a register', (t) => {
  using trace = open();
  t.deepEqual(trace.lastRegisterWrite('rax', 2), { register: 0, step: 0, value: 1n });
  t.is(trace.lastRegisterWrite('rax', 0)?.step, -1);
  t.is(trace.nextRegisterWrite('rax', 1)?.step, 2);
  t.is(trace.nextRegisterWrite('rbx', 0), undefined);
  t.throws(() => trace.lastRegisterWrite('eax', 2), { message: /knows no register eax/ });
});

test('info counts and tells', (t) => {
  using trace = open();
  const info = trace.info();
  t.true(info.complete);
  t.is(info.stopReason, 'hlt');
  t.is(info.stepCount, 3);
  t.is(info.rows.get('step'), 3);
  t.is(info.rows.get('interruption'), 1);
});

const OUT_OF_RANGE: readonly (readonly [string, (trace: Trace) => unknown, RegExp])[] = [
  ['state beyond the end', (trace) => trace.state(4), /no state 4: its states are 0 to 3/],
  ['state -1', (trace) => trace.state(-1), /no state -1/],
  ['half a state', (trace) => trace.state(0.5), /no state 0.5/],
  ['step beyond the end', (trace) => trace.steps(3, 1), /no step 3: its steps are 0 to 2/],
  ['too much memory', (trace) => trace.state(0).readPhysical(0, 2 ** 40), /at most 67108864/],
];
for (const [name, use, expected] of OUT_OF_RANGE) {
  test(`refuses: ${name}`, (t) => {
    using trace = open();
    const error = t.throws(() => use(trace), { instanceOf: KvmtraceError });
    t.is(error.exitCode, 2);
    t.regex(error.message, expected);
    t.true(isOneSentence(error.message), error.message);
  });
}

test('an empty trace has a state and no steps', (t) => {
  using trace = open({ steps: [], sql: '' });
  t.is(trace.state(0).register('rflags'), 2n);
  t.deepEqual([...trace.steps(0, 20)], []);
});

const LIES: readonly (readonly [string, string, (trace: Trace) => unknown, RegExp])[] = [
  [
    'a step without its instruction',
    'DELETE FROM instruction WHERE id = 1',
    (trace) => [...trace.steps(0, 9)],
    /step 1 ran instruction 1, which is missing/,
  ],
  [
    'a hole in the steps',
    'DELETE FROM step WHERE id = 1',
    (trace) => [...trace.steps(0, 9)],
    /step 1 is missing/,
  ],
  [
    'a mode of no processor',
    'UPDATE instruction SET mode = 48',
    (trace) => trace.state(0).instruction,
    /instruction holds 48 where 16, 32 or 64 belongs/,
  ],
  [
    'a write of 99 bytes',
    'UPDATE memory_write SET size = 99',
    (trace) => trace.state(2).readPhysical(0x2000, 8),
    /is damaged: .*memory_write/,
  ],
  [
    'a negative step',
    'DELETE FROM step; INSERT INTO step VALUES (-5, 0)',
    (trace) => trace.state(0),
    /step holds -5/,
  ],
  [
    'a page of another size',
    `INSERT INTO snapshot_page VALUES (0, 2, x'00')`,
    (trace) => trace.state(0).readPhysical(0x2000, 8),
    /snapshot_page holds a blob of 1 bytes where a blob of 4096 bytes belongs/,
  ],
];
for (const [name, sql, use, expected] of LIES) {
  test(`a trace that lies is found out: ${name}`, (t) => {
    using trace = open({ sql });
    const error = t.throws(() => use(trace), { instanceOf: KvmtraceError });
    t.is(error.exitCode, 2);
    t.regex(error.message, expected);
    t.true(isOneSentence(error.message), error.message);
  });
}
