import test from 'ava';
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
  step,
  derive,
} from './call-fixture.js';

test('calls and returns, nested', (t) => {
  const { calls, trace } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, CALL, STACK - 16),
    step(G, NOP),
    step(G + 1, RET, STACK - 8),
    step(F + 5, CALL, STACK - 16),
    step(G, RET, STACK - 8),
    step(F + 10, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.deepEqual(calls, [
    '0<null start 1000 0-7 own 2 open',
    '1<0 call 2000 1-6 own 3 return',
    '2<1 call 3000 2-3 own 2 return',
    '3<1 call 3000 5-5 own 1 return',
  ]);
  const stack = trace.callStack(3).map(({ address }) => Number(address));
  t.deepEqual(stack, [G, F, MAIN]);
  const [main] = trace.callTree();
  t.is(main!.children[0]!.children[0]!.calls, 2);
  t.is(trace.callTree(1)[0]!.children[0]!.children.length, 0);
  t.deepEqual(
    trace.hotFunctions().map(({ symbol, ownSteps, totalSteps, calls: count }) => [
      symbol!.symbol.name, ownSteps, totalSteps, count,
    ]), // prettier-ignore
    [
      ['f', 3, 6, 1],
      ['g', 3, 3, 2],
      ['main', 2, 8, 1],
    ].sort((a, b) => Number(b[1]) - Number(a[1]) || Number(b[2]) - Number(a[2])),
  );
  trace.close();
});

test('recursive calls count once in the total', (t) => {
  const { trace } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, CALL, STACK - 16),
    step(F, RET, STACK - 8),
    step(F + 5, RET, STACK),
  ]);
  const f = trace.hotFunctions().find(({ symbol }) => symbol?.symbol.name === 'f');
  t.is(f?.totalSteps, 3);
  t.is(f?.ownSteps, 3);
  t.is(f?.calls, 2);
});

test('a jump to another function is a tail call, and its return is that of its caller', (t) => {
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, JMP),
    step(G, NOP),
    step(G + 1, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.deepEqual(calls, [
    '0<null start 1000 0-4 own 2 open',
    '1<0 call 2000 1-1 own 1 tail',
    '2<0 tail 3000 2-3 own 2 return',
  ]);
});

test('a jump within a function, and back to its start, is none', (t) => {
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, NOP),
    step(F + 1, JMP),
    step(F, JMP),
    step(F + 0x10, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.is(calls.length, 2);
});

test('longjmp unwinds the calls that it leaves', (t) => {
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, CALL, STACK - 16),
    step(G, '4889fc', STACK), // mov rsp, rdi
    step(G + 3, JMP_RAX),
    step(MAIN + 5, CALL, STACK - 8),
    step(G, RET, STACK),
    step(MAIN + 10, NOP),
  ]);
  t.deepEqual(calls, [
    '0<null start 1000 0-6 own 3 open',
    '1<0 call 2000 1-3 own 1 unwound',
    '2<1 call 3000 2-3 own 2 unwound',
    '3<0 call 3000 5-5 own 1 return',
  ]);
});

test('a return further up unwinds what is between', (t) => {
  const { calls } = derive([
    step(MAIN, CALL, STACK - 8),
    step(F, CALL, STACK - 16),
    step(G, '4883c408', STACK - 8), // add rsp, 8
    step(G + 4, RET, STACK),
    step(MAIN + 5, NOP),
  ]);
  t.deepEqual(calls.slice(1), [
    '1<0 call 2000 1-3 own 1 return',
    '2<1 call 3000 2-3 own 2 unwound',
  ]);
});

test('call $+5 asks where it is, and a pushed address returned to is a jump', (t) => {
  const { calls } = derive([
    step(MAIN, 'e800000000', STACK - 8),
    step(MAIN + 5, '5b', STACK), // pop rbx
    step(MAIN + 6, '50', STACK - 8), // push rax
    step(MAIN + 7, RET, STACK),
    step(MAIN + 0x20, NOP),
  ]);
  t.is(calls.length, 1);
});

test('interrupts are calls of their own, also between a call and its first step', (t) => {
  const frame = STACK - 8 - 40;
  const { calls } = derive(
    [
      step(MAIN, CALL, frame), // the delivery counts to the step before it
      step(HANDLER, NOP),
      step(HANDLER + 1, IRETQ, STACK - 8),
      step(F, RET, STACK),
      step(MAIN + 5, NOP),
    ],
    `INSERT INTO interruption VALUES (1, 1, 32, 'interrupt', NULL, NULL, ${F}, 0)`,
  );
  t.deepEqual(calls, [
    '0<null start 1000 0-4 own 2 open',
    '1<0 call 2000 1-3 own 1 return',
    '2<1 interrupt 4000 1-2 own 2 return',
  ]);
});

test('an error code popped before iret', (t) => {
  const frame = STACK - 48;
  const { calls } = derive(
    [
      step(MAIN, NOP, frame),
      step(HANDLER, '4883c408', frame + 8),
      step(HANDLER + 4, IRETQ, STACK),
      step(MAIN + 1, NOP),
    ],
    `INSERT INTO interruption VALUES (1, 1, 14, 'fault', 2, 0, ${MAIN + 1}, 0)`,
  );
  t.deepEqual(calls[1], '1<0 fault 4000 1-2 own 2 return');
});

test('without symbols, what has been called is a function', (t) => {
  const { calls } = derive(
    [
      step(MAIN, CALL, STACK - 8),
      step(G, RET, STACK),
      step(MAIN + 5, CALL, STACK - 8),
      step(F, JMP),
      step(G, RET, STACK),
      step(MAIN + 10, NOP),
    ],
    undefined,
    false,
  );
  t.is(calls.at(-1), '3<0 tail 3000 4-4 own 1 return');
});
