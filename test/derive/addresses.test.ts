/** Addresses of operands that are not base + index + displacement, as accesses and as rows. */
import test from 'ava';
import { Trace } from '../../src/query/trace.js';
import { writeFixtureTrace, type FixtureStep } from '../helpers/fixture-trace.js';
import { recordTrace } from '../helpers/guest.js';
import { kvmTest } from '../helpers/kvm.js';

function show(trace: Trace): string[] {
  return trace.accesses({ gpa: 0, length: 0x200000 }).map(({ step, gpa, size, ...kinds }) => {
    const kind = (['reads', 'writes', 'silent', 'implied'] as const)
      .filter((name) => kinds[name])
      .map((name) => name[0]!)
      .join('');
    return `${step} ${kind} ${gpa.toString(16)}+${size}`;
  });
}

/** The accesses of one step. */
function one(
  bytes: string,
  initial: Record<string, number | bigint>,
  more: Partial<FixtureStep> = {},
): string[] {
  const steps = [{ rip: 0x1000, bytes, ...more }];
  using trace = Trace.open(writeFixtureTrace({ steps, initial }));
  return show(trace);
}

test('a bit offset in a register moves the operand, up and down', (t) => {
  const rsi = 0x5000;
  t.deepEqual(one('480fa306', { rsi, rax: 1000 }), ['0 r 5078+8']); // bt [rsi], rax
  t.deepEqual(one('480fab06', { rsi, rax: -1n }), ['0 rws 4ff8+8']); // bts [rsi], rax
  t.deepEqual(one('480fab06', { rsi: 0, rax: 1n << 17n }), ['0 rws 4000+8']);
  t.deepEqual(one('480fab06', { rsi: 1n << 33n, rax: -(1n << 36n) + 256n }), ['0 rws 20+8']);
  // Of ecx, cx, edx the bits above do not count.
  t.deepEqual(one('0fbb4e08', { rsi, rcx: 0x7ffffffbfn }), ['0 rws 4ffc+4']); // btc [rsi+8], ecx
  t.deepEqual(one('0fa316', { rsi, rdx: 0x300000021n }), ['0 r 5004+4']); // bt [rsi], edx
  t.deepEqual(one('660fb30e', { rsi, rcx: 0x17fff }), ['0 rws 5ffe+2']); // btr [rsi], cx
  t.deepEqual(one('660fb30e', { rsi, rcx: 0x8000 }), ['0 rws 4000+2']);
  // Of an immediate, which picks a bit within the operand, there is no such offset.
  t.deepEqual(one('480fba2ec8', { rsi }), ['0 rws 5000+8']); // bts qword ptr [rsi], 0xc8
});

test('xlat counts from its base by al alone', (t) => {
  t.deepEqual(one('d7', { rbx: 0x5000, rax: 0x1234_5678_1234_5605n }), ['0 r 5005+1']);
  t.deepEqual(one('67d7', { rbx: 0x1_0000_5000n, rax: 0x1ff }), ['0 r 50ff+1']); // xlat [ebx]
});

test('outside of 64-bit code the stack is as wide as its segment says', (t) => {
  const wide = { rsp: 0x1_8000, ss_attributes: 0xc093 };
  const narrow = { rsp: 0x1_8000, ss_attributes: 0x93 };
  t.deepEqual(one('50', wide, { mode: 16 }), ['0 ws 17ffe+2']); // push ax
  t.deepEqual(one('50', narrow, { mode: 16 }), ['0 ws 7ffe+2']);
  t.deepEqual(one('50', narrow, { mode: 32 }), ['0 ws 7ffc+4']); // push eax
  // What is named is as wide as the code says.
  t.deepEqual(one('ff3424', narrow, { mode: 32 }), ['0 ws 7ffc+4', '0 r 18000+4']); // push [esp]
});

test('gathers have no address of their own', (t) => {
  t.deepEqual(one('c4e26d900c03', { rbx: 0x5000 }), []); // vpgatherdd ymm1, [rbx+ymm0], ymm2
});

const GUEST = {
  mode: 'long',
  listing: `
    100000  48 c7 c6 00 50 00 00          mov rsi, 0x5000
    100007  b8 e8 03 00 00                mov eax, 0x3e8
    10000c  48 0f ab 06                   bts [rsi], rax
    100010  48 c7 c0 fd ff ff ff          mov rax, 0xfffffffffffffffd
    100017  f0 48 0f ab 06                lock bts [rsi], rax
    10001c  b9 bf ff ff ff                mov ecx, 0xffffffbf
    100021  0f bb 4e 08                   btc [rsi+8], ecx
    100025  66 b9 ff 7f                   mov cx, 0x7fff
    100029  66 0f ab 0e                   bts [rsi], cx
    10002d  48 c7 c3 00 00 10 00          mov rbx, 0x100000
    100034  48 b8 15 56 34 12 78 56 34 12  mov rax, 0x1234567812345615
    10003e  d7                            xlat [rbx]
    10003f  48 c7 c4 00 70 00 00          mov rsp, 0x7000
    100046  50                            push rax
    100047  8f 44 24 08                   pop qword ptr [rsp+8]
    10004b  ff 74 24 08                   push qword ptr [rsp+8]
    10004f  c8 10 00 00                   enter 0x10, 0
    100053  c9                            leave
    100054  b8 01 00 00 00                mov eax, 1
    100059  ba 00 00 00 00                mov edx, 0
    10005e  0f c7 0e                      cmpxchg8b [rsi]
    100061  f4                            hlt
  `,
} as const;

kvmTest(
  'a recorded guest: every change is where an operand is, in one row of its size',
  async (t) => {
    using trace = Trace.open(await recordTrace(GUEST));
    // The page tables' Accessed and Dirty bits are not what this is about.
    const of = (text: string): string[] =>
      [...trace.steps(0, trace.stepCount)]
        .filter(({ instruction }) => instruction.text === text)
        .flatMap(({ step }) => {
          const rows = trace.query(
            `SELECT printf('%x+%d', gpa, size) FROM memory_write WHERE step = ${step} ORDER BY gpa`,
          ).rows;
          const found = show(trace).filter(
            (each) => each.startsWith(`${step} `) && !each.includes('i '),
          );
          return [...found.map((each) => each.replace(/^\d+ /, '')), `rows ${[...rows].join()}`];
        });
    t.deepEqual(of('bts [rsi], rax'), ['rw 5078+8', 'rows 5078+8']);
    t.deepEqual(of('lock bts [rsi], rax'), ['rw 4ff8+8', 'rows 4ff8+8']);
    t.deepEqual(of('btc [rsi+8], ecx'), ['rw 4ffc+4', 'rows 4ffc+4']);
    t.deepEqual(of('bts [rsi], cx'), ['rw 5ffe+2', 'rows 5ffe+2']);
    t.deepEqual(of('xlat [rbx]'), ['r 100015+1', 'rows ']);
    t.is(trace.state(trace.stepCount).register('rax'), 0n, 'cmpxchg8b of what is not equal');
    t.deepEqual(of('pop qword ptr [rsp+8]'), ['r 6ff8+8', 'w 7008+8', 'rows 7008+8']);
    t.deepEqual(of('push qword ptr [rsp+8]'), ['ws 6ff8+8', 'r 7008+8', 'rows ']);
    t.true(
      show(trace).every((each) => !each.includes('i ')),
      'nothing is implied',
    );
  },
);
