import type { Command } from '../command.js';
import { formatBytes } from '../../base/number-text.js';
import { printable } from '../../base/printable.js';
import { single } from '../arguments/numbers.js';
import { traceArgument } from '../arguments/options.js';
import { readSymbols, SYMBOLS_OPTION } from '../arguments/symbols.js';

interface IndexArguments {
  readonly trace: string;
  readonly symbols: string | undefined;
}

/** `kvmtrace index`. */
export const index: Command<IndexArguments> = {
  usage: 'index <trace>',
  summary: 'Keep calls, memory accesses and execution counts in the trace, for fast answers',
  examples: [
    ['$0 index t.db', 'Make the derived tables, or make them anew'],
    ['$0 index t.db --symbols vmlinux', 'With the names and source lines of another file'],
    [
      '$0 index t.db --symbols vmlinux@0xffffffff9a000000',
      'The same where the kernel moved itself: its code begins there',
    ],
  ],
  options: (yargs) => yargs.positional('trace', traceArgument).option('symbols', SYMBOLS_OPTION),
  async run({ trace, symbols }, { out }) {
    const { indexTrace } = await import('../../derive/index-trace.js');
    const path = single(trace, 'the trace');
    const start = performance.now();
    const names = await readSymbols(symbols);
    const { steps, before, after } = indexTrace(path, undefined, names);
    const seconds = (performance.now() - start) / 1000;
    const grown = after > before ? `${formatBytes(after - before)} more` : 'no larger than it was';
    await out.line(
      `indexed ${steps} steps of ${printable(path)} in ${seconds.toFixed(1)} s: ${formatBytes(after)}, ${grown}`,
    );
    return 0;
  },
};
