/** Registers of a state. */
import type { Jsonable } from '../../base/json.js';
import { formatSymbol } from '../../trace/read/symbols.js';
import { sourceJson } from '../../views/source.js';
import { flagNames } from '../../views/flags.js';
import type { Question } from '../question.js';
import { cut, rowsOf } from './steps.js';

/** Registers of a state, with the steps before and after it. */
export const state: Question = {
  lane: 'now',
  answer(args, trace) {
    const at = args.integer('at', 0, trace.stepCount);
    const found = trace.state(at);
    const { address, symbol, rip } = found;
    const source = address === undefined ? undefined : trace.sourceAt(address);
    const registers = found.registers();
    const flags = registers.find(({ name }) => name === 'rflags');
    return {
      state: at,
      rip: rip ?? null,
      address: address ?? null,
      symbol: symbol === undefined ? null : cut(formatSymbol(symbol)),
      source: sourceJson(source),
      flags: flags === undefined ? '' : flagNames(flags.value),
      registers: registers.map(({ name, bits, value }): Jsonable => ({ name, bits, value })),
      // What made this state, and what leaves it: their changes are marked.
      before: at === 0 ? null : rowsOf(trace, at - 1, 1)[0]!,
      next: rowsOf(trace, at, 1)[0] ?? null,
    };
  },
};
