import test from 'ava';
import { KvmtraceError } from '../../../src/base/errors.js';
import { Trace } from '../../../src/query/trace.js';
import type { WhyTarget } from '../../../src/query/why/target.js';
import type { WhyNode, WhyOptions } from '../../../src/query/why/why.js';
import {
  writeFixtureTrace,
  type Fixture,
  type FixtureStep,
  type FixtureWrite,
} from '../../helpers/fixture-trace.js';

/** `rax=5<1 constant(rbx=…)`: name, value, step, origin, sources. */
function show(node: WhyNode): string {
  const { name, value, step, origin, copies, repeats, sources } = node;
  const moved = copies.length === 0 ? '' : ` moved ${copies.map((copy) => copy.step).join()}`;
  const again = repeats === 0 ? '' : ` x${repeats}`;
  const from = sources.length === 0 ? '' : `(${sources.map(show).join('; ')})`;
  return `${name}=${value?.toString(16) ?? '?'} ${origin}${step === undefined ? '' : ` ${step}`}${moved}${again}${from}`;
}

function why(
  steps: readonly Omit<FixtureStep, 'rip'>[],
  target: WhyTarget,
  more: Partial<Fixture> & { options?: WhyOptions } = {},
): string {
  using trace = Trace.open(
    writeFixtureTrace({
      steps: steps.map((step, i) => ({ rip: 0x1000 + 16 * i, text: 'x', ...step })),
      ...more,
    }),
  );
  return show(trace.why(steps.length, target, more.options));
}

const row = (gpa: number, size: number, value: number | bigint): FixtureWrite[] => [
  { gpa, size, value },
];

test('an addition of a constant and an initial value', (t) => {
  t.is(
    why(
      [
        { bytes: '48c7c005000000', registers: { rax: 5 } }, // mov rax, 5
        { bytes: '4801d8', registers: { rax: 12 } }, // add rax, rbx
      ],
      'rax',
      { initial: { rbx: 7 } },
    ),
    'rax=c computed 1(rax=5 constant 0; rbx=7 initial)',
  );
});

test('copies are passed over: registers, the stack, memory', (t) => {
  t.is(
    why(
      [
        { bytes: '4831db', registers: { rbx: 0 } }, // xor rbx, rbx
        { bytes: '48ffc3', registers: { rbx: 1 } }, // inc rbx
        { bytes: '53', registers: { rsp: 0x7ff8 }, memory: row(0x7ff8, 8, 1) }, // push rbx
        { bytes: '59', registers: { rsp: 0x8000, rcx: 1 } }, // pop rcx
        { bytes: '48890c2500600000', memory: row(0x6000, 8, 1) }, // mov [0x6000], rcx
        { bytes: '488b042500600000', registers: { rax: 1 } }, // mov rax, [0x6000]
      ],
      'rax',
      { initial: { rsp: 0x8000 } },
    ),
    'rax=1 computed 1 moved 5,4,3,2(rbx=0 constant 0)',
  );
});

test('a write that changed nothing is still where the value comes from', (t) => {
  t.is(why([{ bytes: '31c0' }], 'rax'), 'rax=0 constant 0');
});

test('partial registers: what was written, and the rest', (t) => {
  t.is(
    why(
      [
        { bytes: 'b034', registers: { rax: 0x1234 } }, // mov al, 0x34
        { bytes: '88c4', registers: { rax: 0x3434 } }, // mov ah, al
      ],
      'ax',
      { initial: { rax: 0x1200 } },
    ),
    'ax=3434 computed 1(al=34 constant 0)',
  );
});

test('a 32-bit write clears the rest', (t) => {
  const steps = [{ bytes: '89d8', registers: { rax: 7 } }]; // mov eax, ebx
  const initial = { rbx: 7, rax: -1n };
  t.is(why(steps, 'rax', { initial }), 'rax=7 initial moved 0');
});

test('xchg, cmov and cmpxchg move', (t) => {
  const steps = [
    { bytes: '4887d8', registers: { rax: 2, rbx: 1 } }, // xchg rax, rbx
    { bytes: '480f44c8', registers: { rcx: 2 } }, // cmovz rcx, rax
    { bytes: 'f0480fb10c2500600000', memory: row(0x6000, 8, 2) }, // lock cmpxchg [0x6000], rcx
  ];
  const initial = { rax: 1, rbx: 2, rcx: 9, rflags: 0x42 };
  t.is(why(steps, { gva: 0x6000n, length: 8 }, { initial }), '[0x6000]:8=2 initial moved 2,1,0');
});

test('flags come from what was compared', (t) => {
  t.is(
    why([{ bytes: '4839d8', registers: { rflags: 0x46 } }], 'zf', { initial: { rax: 3, rbx: 3 } }),
    'zf=1 computed 0(rax=3 initial; rbx=3 initial)',
  );
});

test('string instructions, byte for byte', (t) => {
  const page = new Uint8Array(16).map((_, i) => i);
  const steps = [
    {
      bytes: 'f3a4', // rep movsb
      text: 'rep movsb',
      registers: { rcx: 0, rsi: 0x5010, rdi: 0x6010 },
      memory: [
        { gpa: 0x6001, size: 7, value: 0x07060504030201 },
        { gpa: 0x6008, size: 8, value: 0x0f0e0d0c0b0a0908n },
      ],
    },
  ];
  const more = { initial: { rcx: 16, rsi: 0x5000, rdi: 0x6000 }, pages: { 5: page } };
  t.is(why(steps, { gpa: 0x6004, length: 2 }, more), 'phys:[0x6004]:2=504 initial moved 0');
  t.is(why(steps, 'rcx', more), 'rcx=0 computed 0(rcx=10 initial)');
});

test('inputs end the chain', (t) => {
  t.is(why([{ bytes: 'ec', registers: { rax: 65 }, in: [0x3f8, 'A'] }], 'al'), 'al=41 input 0');
  const sql = `INSERT INTO input_value VALUES (1, 0, 'tsc', 99)`;
  t.is(why([{ bytes: '0f31', registers: { rax: 99 } }], 'rax', { sql }), 'rax=63 input 0');
});

test('what the delivery of an exception wrote', (t) => {
  const sql = `INSERT INTO interruption VALUES (1, 1, 14, 'fault', 2, 0, 4112, 0)`;
  const steps = [{ bytes: '90', registers: { rsp: 0x7fd0 }, memory: row(0x7fd8, 8, 0x1010) }];
  const target = { gpa: 0x7fd8, length: 8 };
  t.is(why(steps, target, { sql }), 'phys:[0x7fd8]:8=1010 delivery 0');
  t.is(why(steps, 'rsp', { sql }), 'rsp=7fd0 delivery 0');
});

test('address registers are followed where asked for', (t) => {
  const steps = [{ bytes: '488b03', registers: { rax: 0x100 } }]; // mov rax, [rbx]
  const memory = { initial: { rbx: 0x5000 }, pages: { 5: Uint8Array.of(0, 1) } };
  t.is(why(steps, 'rax', memory), 'rax=100 initial moved 0');
  const sum = [{ bytes: '480303', registers: { rax: 0x100 } }]; // add rax, [rbx]
  t.is(
    why(sum, 'rax', { ...memory, options: { addresses: true } }),
    'rax=100 computed 0([0x5000]:8=100 initial; rax=0 initial; rbx=5000 initial)',
  );
});

test('a counter is told once', (t) => {
  const steps = Array.from({ length: 50 }, (_, i) => ({
    bytes: '48ffc0',
    registers: { rax: i + 1 },
  }));
  const trace = Trace.open(
    writeFixtureTrace({ steps: steps.map((step) => ({ rip: 0x1000, ...step })) }),
  );
  t.is(show(trace.why(50, 'rax')), 'rax=32 computed 49 x49(rax=0 initial)');
  trace.close();
});

test('depth and number of links are bounded', (t) => {
  const steps = Array.from({ length: 40 }, () => ({ bytes: '4801d8', registers: {} }));
  const shown = why(steps, 'rax', { options: { depth: 3 } });
  t.is(shown.split('computed').length - 1, 3);
});

test('refuses what is not recorded', (t) => {
  for (const [target, message] of [
    ['nonsense', /knows no register or flag "nonsense"/],
    ['rip', /rip comes from the step before/],
    [{ gva: 0xffff_ffff_ffff_fffen, length: 8 }, /reach beyond the last address/],
    [{ gva: 1n << 64n, length: 8 }, /is no address/],
    [{ gva: 0x6000n, length: 1.5 }, /1\.5 bytes at 0x6000/],
    [{ gva: 0x999999n, length: 8 }, /outside of the guest's memory/],
  ] as const) {
    const error = t.throws(() => why([{ bytes: '90' }], target), { instanceOf: KvmtraceError });
    t.regex(error.message, message);
  }
});
