import { formatSymbol } from '../../trace/read/symbols.js';
import { callStackLines, stackFrames } from '../../report/call-stack.js';
import { PLAIN } from '../../report/style.js';
import { shortLines } from '../answer.js';
import { count, defineTool, position, stateAt } from '../tool.js';

/** Place and call stack of a state. */
export const where = defineTool({
  name: 'where',
  title: 'Where the guest is',
  description:
    'Where the guest is at a step: the next instruction, its function, and the call stack, innermost frame first, with the steps that each call lasts. Use it to see who called the code that find_write or why has led to.',
  input: { at: position, frames: count(100, 20, 'How many frames') },
  run({ at, frames }, trace) {
    const n = stateAt(at, 'at', trace);
    const state = trace.state(n);
    const { symbol, instruction } = state;
    const stack = stackFrames(trace, n, frames);
    return {
      step: n,
      rip: state.rip,
      place: symbol === undefined ? undefined : formatSymbol(symbol),
      instruction: instruction?.text ?? 'none: this is the end of the recording',
      interruptions: trace
        .interruptions(n, n + 1)
        .map(({ kind, vector }) => `${kind} ${vector} was delivered just before this step`),
      stack: shortLines(callStackLines(trace, stack, PLAIN)),
    };
  },
});
