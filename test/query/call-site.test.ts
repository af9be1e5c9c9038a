import test, { type ExecutionContext } from 'ava';
import {
  CALL, derive, F, G, HANDLER, IRETQ, JMP, MAIN, NOP, RET, STACK, step, TIMER,
} from '../derive/call-fixture.js'; // prettier-ignore

/** Where the calls under way at a state were made, in hexadecimal, the innermost first. */
function sites(state: number, ...args: Parameters<typeof derive>): string[] {
  const { trace } = derive(...args);
  const found = trace.callStack(state).map((call) => trace.callSite(call)?.toString(16) ?? '-');
  trace.close();
  return found;
}

function check(t: ExecutionContext, found: readonly string[], ...wanted: readonly number[]): void {
  t.deepEqual(found, [...wanted.map((address) => address.toString(16)), '-']);
}

test('a call was made by the instruction before it', (t) => {
  const steps = [
    step(MAIN, NOP),
    step(MAIN + 1, CALL, STACK - 8),
    step(F, NOP),
    step(F + 1, CALL, STACK - 16),
    step(G, NOP),
  ];
  check(t, sites(4, steps), F + 1, MAIN + 1);
});

test('a tail call was made where what it took the place of was', (t) => {
  const steps = [
    step(MAIN + 0x20, CALL, STACK - 8),
    step(F, JMP),
    step(G, JMP),
    step(HANDLER, NOP),
  ];
  check(t, sites(3, steps), MAIN + 0x20);
});

test('an interruption interrupted what it goes back to', (t) => {
  const steps = [
    step(MAIN, CALL, STACK - 8),
    step(F, RET, STACK),
    step(HANDLER, NOP),
    step(HANDLER + 1, IRETQ, STACK),
  ];
  steps[1] = { ...steps[1]!, registers: { rsp: STACK - 40 } };
  check(t, sites(3, steps, TIMER(2, MAIN + 5)), MAIN + 5);
});

test('an interruption between a call and its first step', (t) => {
  const steps = [step(MAIN, CALL, STACK - 48), step(HANDLER, CALL, STACK - 56), step(G, NOP)];
  check(t, sites(2, steps, TIMER(1, F)), HANDLER, F, MAIN);
});
