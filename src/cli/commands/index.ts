import type { Command } from '../command.js';
import { formatBytes } from '../../base/number-text.js';
import { printable } from '../../base/printable.js';
import { single } from '../arguments/numbers.js';
import { traceArgument } from '../arguments/options.js';

interface IndexArguments {
  readonly trace: string;
}

export const index: Command<IndexArguments> = {
  usage: 'index <trace>',
  summary: 'Keep calls, memory accesses and execution counts in the trace, for fast answers',
  examples: [['$0 index t.db', 'Make the derived tables, or make them anew']],
  options: (yargs) => yargs.positional('trace', traceArgument),
  async run({ trace }, { out }) {
    const { indexTrace } = await import('../../derive/index-trace.js');
    const path = single(trace, 'the trace');
    const start = performance.now();
    const { steps, before, after } = indexTrace(path);
    const seconds = (performance.now() - start) / 1000;
    const grown = after > before ? `${formatBytes(after - before)} more` : 'no larger than it was';
    await out.line(
      `indexed ${steps} steps of ${printable(path)} in ${seconds.toFixed(1)} s: ${formatBytes(after)}, ${grown}`,
    );
    return 0;
  },
};
