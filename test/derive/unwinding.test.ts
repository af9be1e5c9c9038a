import test from 'ava';
import type { FixtureStep } from '../helpers/fixture-trace.js';
import {
  MAIN,
  F,
  G,
  HANDLER,
  STACK,
  CALL,
  RET,
  JMP,
  JMP_RAX,
  NOP,
  IRETQ,
  POP,
  PUSH,
  MOV_RSP_RDI,
  LOCAL_CALL,
  step,
  derive,
  TIMER,
} from './call-fixture.js';

test('longjmp by PUSH and RET unwinds, also where the target takes the place of a return address', (t) => {
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(HANDLER, RET, STACK),
    step(MAIN + 5, CALL, STACK - 8),
    step(F, CALL, STACK - 16),
    step(G, MOV_RSP_RDI, STACK),
    step(G + 3, PUSH, STACK - 8),
    step(G + 4, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.deepEqual(calls.slice(2), [
    '2<0 call 2000 3-6 own 1 unwound',
    '3<2 call 3000 4-6 own 3 unwound',
  ]);
});

test('longjmp to where arguments of an earlier call lie below the return address of a later one', (t) => {
  const { calls } = derive([
    step(MAIN, PUSH, STACK - 8),
    step(MAIN + 1, CALL, STACK - 16),
    step(F, RET, STACK - 8),
    step(MAIN + 6, POP, STACK),
    step(MAIN + 7, CALL, STACK - 8),
    step(F, CALL, STACK - 16),
    step(G, MOV_RSP_RDI, STACK - 8),
    step(G + 3, JMP_RAX),
    step(MAIN + 6, POP, STACK),
    step(MAIN + 7, NOP),
  ]);
  t.deepEqual(calls.slice(2), [
    '2<0 call 2000 5-7 own 1 unwound',
    '3<2 call 3000 6-7 own 2 unwound',
  ]);
});

test('a retpoline is a jump to what its register held', (t) => {
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, LOCAL_CALL, STACK - 16),
    step(F + 16, '48890424'), // mov [rsp], rax
    step(F + 20, RET, STACK - 8),
    step(G, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.deepEqual(calls, [
    '0<null start 1000 0-5 own 2 open',
    '1<0 call 2000 1-3 own 1 tail',
    '2<1 call 2010 2-3 own 2 return',
    '3<0 tail 3000 4-4 own 1 return',
  ]);
});

test('calls within a function are left by adding to the stack pointer', (t) => {
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, LOCAL_CALL, STACK - 16),
    step(F + 16, '4883c408', STACK - 8), // add rsp, 8
    step(F + 20, JMP),
    step(F + 32, CALL, STACK - 16),
    step(G, RET, STACK - 8),
    step(F + 37, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.deepEqual(calls.slice(1), [
    '1<0 call 2000 1-6 own 3 return',
    '2<1 call 2010 2-3 own 2 unwound',
    '3<1 call 3000 5-5 own 1 return',
  ]);
});

test('a function that goes on on another stack, until that of its caller does', (t) => {
  const other = 0xf000;
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, MOV_RSP_RDI, other),
    step(F + 3, RET, other + 8),
    step(G + 0x20, CALL, other), // has been under way there before
    step(HANDLER, RET, other + 8),
    step(G + 0x25, MOV_RSP_RDI, STACK - 8),
    step(G + 0x28, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.deepEqual(calls, [
    '0<null start 1000 0-7 own 2 open',
    '1<0 call 2000 1-2 own 2 tail',
    '2<0 resume 3000 3-6 own 3 return',
    '3<2 call 4000 4-4 own 1 return',
  ]);
});

test('code that runs on into the next function is in that', (t) => {
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F + 0xff, NOP),
    step(F + 0x100, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.deepEqual(calls.slice(1), ['1<0 call 20ff 1-2 own 2 return']);
  const { rows } = derive([
    step(MAIN + 0xfe, NOP),
    step(MAIN + 0xff, JMP),
    step(F, NOP),
    step(F + 1, JMP),
    step(MAIN + 0x10, NOP),
  ]).trace.query('SELECT kind, address, own_steps FROM call ORDER BY id');
  t.deepEqual(
    [...rows].map((row) => row.join(' ')),
    ['start 4350 2', 'tail 8192 2', 'resume 4096 1'],
  );
});

test('an interrupt whose stub jumps to a handler that all share', (t) => {
  const frame = STACK - 40;
  const { calls } = derive(
    [
      step(MAIN, NOP, frame),
      step(HANDLER, PUSH, frame - 8),
      step(HANDLER + 1, JMP),
      step(G, CALL, frame - 16),
      step(F, RET, frame - 8),
      step(G + 5, POP, frame),
      step(G + 6, IRETQ, STACK),
      step(MAIN + 1, NOP),
    ],
    TIMER(1, MAIN + 1),
  );
  t.deepEqual(calls, [
    '0<null start 1000 0-7 own 2 open',
    '1<0 interrupt 4000 1-2 own 2 tail',
    '2<0 tail 3000 3-6 own 3 return',
    '3<2 call 2000 4-4 own 1 return',
  ]);
});

test('longjmp out of an interrupt, and a handler that returns to somewhere else', (t) => {
  const frame = STACK - 8 - 40;
  const steps = [step(MAIN, CALL, STACK - 8), step(F, NOP, frame)];
  const left = derive(
    [
      ...steps,
      step(HANDLER, MOV_RSP_RDI, STACK),
      step(HANDLER + 3, JMP_RAX),
      step(MAIN + 5, CALL, STACK - 8),
      step(G, RET, STACK),
      step(MAIN + 10, NOP),
    ],
    TIMER(2, F + 1),
  );
  t.deepEqual(left.calls.slice(1), [
    '1<0 call 2000 1-3 own 1 unwound',
    '2<1 interrupt 4000 2-3 own 2 unwound',
    '3<0 call 3000 5-5 own 1 return',
  ]);
  const elsewhere = derive(
    [...steps, step(HANDLER, IRETQ, STACK - 8), step(F + 0x20, RET, STACK), step(MAIN + 5, NOP)],
    TIMER(2, F + 1),
  );
  t.deepEqual(elsewhere.calls.slice(1), [
    '1<0 call 2000 1-3 own 2 return',
    '2<1 interrupt 4000 2-2 own 1 return',
  ]);
});

test('PUSHF and CALL in place of an interrupt', (t) => {
  const { calls } = derive([
    step(MAIN, '9c', STACK - 8),
    step(MAIN + 1, CALL, STACK - 16),
    step(HANDLER, IRETQ, STACK),
    step(MAIN + 6, NOP),
  ]);
  t.deepEqual(calls.slice(1), ['1<0 call 4000 2-2 own 1 return']);
});

test('without symbols: POP and JMP, and longjmp to where a call has returned to', (t) => {
  const { calls } = derive(
    [
      step(MAIN, CALL, STACK - 8),
      step(F, RET, STACK),
      step(MAIN + 5, CALL, STACK - 8),
      step(F, POP, STACK),
      step(F + 1, JMP_RAX),
      step(MAIN + 10, CALL, STACK - 8),
      step(F, CALL, STACK - 16),
      step(G, CALL, STACK - 24),
      step(HANDLER, MOV_RSP_RDI, STACK),
      step(HANDLER + 3, JMP_RAX),
      step(MAIN + 5, NOP),
    ],
    undefined,
    false,
  );
  t.deepEqual(calls.slice(1), [
    '1<0 call 2000 1-1 own 1 return',
    '2<0 call 2000 3-4 own 2 return',
    '3<0 call 2000 6-9 own 1 unwound',
    '4<3 call 3000 7-9 own 1 unwound',
    '5<4 call 4000 8-9 own 2 unwound',
  ]);
});

test('without symbols: a return address that is dropped', (t) => {
  const { calls } = derive(
    [
      step(MAIN, CALL, STACK - 8),
      step(F, POP, STACK),
      step(F + 1, JMP),
      step(MAIN + 0x20, CALL, STACK - 8),
      step(G, RET, STACK),
      step(MAIN + 0x25, NOP),
    ],
    undefined,
    false,
  );
  t.is(calls.at(-1), '2<0 call 3000 4-4 own 1 return');
});

test('in real mode stacks of the same offset are told apart by their segment', (t) => {
  const at = (rip: number, bytes: string, registers = {}): FixtureStep => ({
    ...{ rip, bytes, mode: 16, registers },
  });
  const { calls } = derive([
    at(MAIN, 'e80001', { rsp: 0x7ffe }),
    at(F, '8ed0', { ss_base: 0x20000, rsp: 0x7ffe }), // mov ss, ax
    at(F + 2, RET, { rsp: 0x8000 }),
    at(G, '8ed0', { ss_base: 0, rsp: 0x7ffe }),
    at(G + 2, RET, { rsp: 0x8000 }),
    at(MAIN + 3, NOP),
  ]);
  t.deepEqual(calls.slice(1), ['1<0 call 2000 1-2 own 2 tail', '2<0 tail 3000 3-4 own 2 return']);
});
