/** Origins that depend on what an instruction did, not on what it could do. */
import test from 'ava';
import { Trace } from '../../../src/query/trace.js';
import type { WhyTarget } from '../../../src/query/why/target.js';
import type { WhyNode, WhyOptions } from '../../../src/query/why/why.js';
import { writeFixtureTrace, type Fixture, type FixtureStep } from '../../helpers/fixture-trace.js';

type Steps = readonly Omit<FixtureStep, 'rip'>[];

function fixture(steps: Steps, more: Partial<Fixture> = {}): string {
  return writeFixtureTrace({
    steps: steps.map((step, i) => ({ rip: 0x1000 + 16 * i, text: 'x', ...step })),
    ...more,
  });
}

/** `rax 1 computed (rbx; rcx)`: name, step, origin, names of the sources. */
function show({ name, step, origin, copies, sources }: WhyNode): string {
  const moved = copies.map((copy) => ` <${copy.step} ${copy.name}`).join('');
  const from = sources.length === 0 ? '' : ` (${sources.map((each) => each.name).join('; ')})`;
  return `${name}${moved} ${step ?? '-'} ${origin}${from}`;
}

function why(steps: Steps, target: WhyTarget, more: Partial<Fixture> = {}): string {
  using trace = Trace.open(fixture(steps, more));
  return show(trace.why(steps.length, target));
}

const ONE = { bytes: '48c7c001000000', registers: { rax: 1 } }; // mov rax, 1

test('a conditional move that was not taken moved nothing', (t) => {
  const taken = [ONE, { bytes: '480f44c3', registers: { rax: 5 } }]; // cmovz rax, rbx
  t.is(why(taken, 'rax', { initial: { rbx: 5, rflags: 0x42 } }), 'rax <1 rbx - initial');
  const kept = [ONE, { bytes: '480f44c3' }];
  // The same value in both: the condition decides.
  t.is(why(kept, 'rax', { initial: { rbx: 1, rflags: 0x2 } }), 'rax 0 constant');
});

test('a conditional move of 32 bits that was not taken clears the upper half', (t) => {
  const steps = [{ bytes: '0f44c3', registers: { rax: 7 } }]; // cmovz eax, ebx
  const initial = { rax: 0x1_0000_0007n, rflags: 0x2 };
  t.is(why(steps, 'rax', { initial }), 'rax - initial');
});

test('a compare-and-exchange that failed stored nothing, and loaded the accumulator', (t) => {
  const exchange = '480fb10c2500600000'; // cmpxchg [0x6000], rcx
  const memory = { gva: 0x6000n, length: 8 };
  const pages = { 6: Uint8Array.of(7) };
  const failed = [{ bytes: exchange, registers: { rax: 7, rflags: 0x2 } }];
  const initial = { rax: 9, rcx: 7, rflags: 0x2 };
  t.is(why(failed, memory, { initial, pages }), '[0x6000]:8 - initial');
  t.is(why(failed, 'rax', { initial, pages }), 'rax <0 [0x6000]:8 - initial');
  const stored = [{ bytes: exchange, registers: { rflags: 0x46 } }];
  const equal = { rax: 7, rcx: 7, rflags: 0x2 };
  t.is(why(stored, memory, { initial: equal, pages }), '[0x6000]:8 <0 rcx - initial');
});

test('CMPXCHG16B that failed loaded both halves', (t) => {
  const steps = [{ bytes: '480fc70e', registers: { rax: 7, rdx: 9, rflags: 0x2 } }]; // [rsi]
  const initial = { rsi: 0x6000, rax: 1, rbx: 7, rcx: 9, rflags: 0x2 };
  const pages = { 6: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, 9) };
  t.is(why(steps, 'rax', { initial, pages }), 'rax <0 [0x6000]:8 - initial');
  t.is(why(steps, 'rdx', { initial, pages }), 'rdx <0 [0x6008]:8 - initial');
  t.is(why(steps, { gva: 0x6000n, length: 16 }, { initial, pages }), '[0x6000]:16 - initial');
});

test('a table that nothing wrote leads to its index where addresses are asked for', (t) => {
  const steps = [
    { bytes: '0fb68300600000', registers: { rax: 4 } }, // movzx eax, byte ptr [rbx+0x6000]
    { bytes: '0fb68b00600000', registers: { rcx: 4 } }, // movzx ecx, byte ptr [rbx+0x6000]
    { bytes: '01c8', registers: { rax: 8 } }, // add eax, ecx
  ];
  const more = { initial: { rbx: 3, rcx: 0 }, pages: { 6: Uint8Array.of(1, 2, 3, 4) } };
  using trace = Trace.open(fixture(steps, more));
  const { sources } = trace.why(3, 'eax', { addresses: true });
  t.deepEqual(sources.map(show), [
    'eax <0 [0x6003]:1 - initial (rbx)',
    'ecx <1 [0x6003]:1 - initial (rbx)',
  ]);
  t.deepEqual(trace.why(3, 'eax').sources.map(show), [
    'eax <0 [0x6003]:1 - initial',
    'ecx <1 [0x6003]:1 - initial',
  ]);
});

test('a repeated string instruction that ran 0 times wrote nothing', (t) => {
  const steps = [ONE, { bytes: 'f3aa' }]; // rep stosb
  t.is(
    why(steps, { gva: 0x6000n, length: 1 }, { initial: { rdi: 0x6000 } }),
    '[0x6000]:1 - initial',
  );
  t.is(why(steps, 'rdi', { initial: { rdi: 0x6000 } }), 'rdi - initial');
});

test('what REPNE SCAS counted follows from what it compared', (t) => {
  const steps = [{ bytes: 'f2ae', registers: { rcx: 5, rdi: 0x6003, rflags: 0x46 } }];
  const more = { initial: { rcx: 8, rdi: 0x6000 }, pages: { 6: Uint8Array.of(1, 2, 0) } };
  t.is(why(steps, 'rcx', more), 'rcx 0 computed (rcx; [0x6000]:3; al)');
});

test('an operand that is read twice is one source', (t) => {
  const steps = [ONE, { bytes: '4801c0', registers: { rax: 2 } }]; // add rax, rax
  t.is(why(steps, 'rax'), 'rax 1 computed (rax)');
});

test('a store of the same value, with an index and without, however long ago', (t) => {
  const store = { bytes: '48890c2500600000' }; // mov [0x6000], rcx
  const filler = Array.from({ length: 5000 }, () => ({ bytes: '90' }));
  const memory = { gva: 0x6000n, length: 8 };
  t.is(why([store, ...filler], memory), '[0x6000]:8 <0 rcx - initial');
});

test('flags and registers that were written long ago without a change', (t) => {
  const filler = Array.from({ length: 5000 }, () => ({ bytes: '90', rip: 0x2000 }));
  const compare = { bytes: '4839d8', rip: 0x1000 }; // cmp rax, rbx
  const initial = { rax: 3, rbx: 3, rflags: 0x46 };
  t.is(why([compare, ...filler], 'zf', { initial }), 'zf 0 computed (rax; rbx)');
  const clear = { bytes: '31c9', rip: 0x1000 }; // xor ecx, ecx
  t.is(why([clear, ...filler], 'rcx', { initial }), 'rcx 0 constant');
  const cut = { initial, incomplete: true };
  t.is(why([clear, ...filler], 'rcx', cut), 'rcx 0 constant');
});

test('memory across pages, and physical memory', (t) => {
  const pages = { 6: new Uint8Array(4096).fill(1), 7: Uint8Array.of(2) };
  const steps = [
    { bytes: '488b0425fc6f0000', registers: { rax: 0x2_0101_0101n } }, // mov rax, [0x6ffc]
    { bytes: '4889042500500000', memory: [{ gpa: 0x5000, size: 8, value: 0x2_0101_0101n }] },
  ];
  t.is(
    why(steps, { gva: 0x5000n, length: 8 }, { pages }),
    '[0x5000]:8 <1 rax <0 [0x6ffc]:8 - initial',
  );
  t.is(
    why(steps, { gva: 0x4ffcn, length: 8 }, { pages }),
    '[0x4ffc]:8 1 computed (eax; [0x4ffc]:4)',
  );
  t.is(
    why(steps, { gpa: 0x5004, length: 1 }, { pages }),
    'phys:[0x5004]:1 <1 rax[4..4] <0 [0x7000]:1 - initial',
  );
});

test('registers that only the trace has a name for', (t) => {
  t.is(why([{ bytes: '90' }], 'cs_base'), 'cs_base - initial');
  t.is(why([{ bytes: '0f30', registers: { efer: 1 } }], 'efer'), 'efer 0 computed (eax; ecx; edx)'); // wrmsr
});

test('an input, and the bytes that it left alone', (t) => {
  const steps = [{ bytes: 'ec', registers: { rax: 0x141 }, in: [0x3f8, 'A'] as const }];
  t.is(why(steps, 'ax', { initial: { rax: 0x100 } }), 'ax 0 input (rax[1..1])');
});

test('limits and arguments of the wrong kind', (t) => {
  using trace = Trace.open(fixture([ONE]));
  const ask =
    (target: unknown, options: WhyOptions = {}) =>
    (): unknown =>
      trace.why(1, target as WhyTarget, options);
  for (const bad of [0, -1, 1.5, NaN, 501, 100_000]) {
    t.throws(ask('rax', { depth: bad }), {
      instanceOf: RangeError,
      message: /depth is .*1 to 500/,
    });
  }
  t.throws(ask('rax', { links: NaN }), { instanceOf: RangeError, message: /links is NaN/ });
  for (const bad of [{ gpa: NaN, length: 1 }, { gpa: -1, length: 1 }, { gva: 5, length: 1 }, {}]) {
    t.throws(ask(bad), { instanceOf: TypeError, message: /the origin is of a name/ });
  }
});
