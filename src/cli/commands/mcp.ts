import type { Command } from '../command.js';
import { single } from '../arguments/numbers.js';
import { traceArgument } from '../arguments/options.js';

interface McpArguments {
  readonly trace: string;
}

/** `kvmtrace mcp`. */
export const mcp: Command<McpArguments> = {
  usage: 'mcp <trace>',
  summary: 'Serve a trace to agents over the Model Context Protocol, on stdin and stdout',
  examples: [
    ['$0 mcp t.db', 'What a client starts; docs/agents.md has the tools and a session'],
    ['claude mcp add trace -- kvmtrace mcp "$PWD/t.db"', 'Make it known to a client'],
  ],
  options: (yargs) => yargs.positional('trace', traceArgument),
  async run(args) {
    const [{ Trace }, { serveStdio }, { abortOnSignals }] = await Promise.all([
      import('../../query/trace.js'),
      import('../../mcp/serve-stdio.js'),
      import('../terminal/signals.js'),
    ]);
    using trace = Trace.open(single(args.trace, 'the trace'));
    const watch = abortOnSignals();
    try {
      await serveStdio(trace, watch.signal);
    } finally {
      watch.stop();
    }
    return 0;
  },
};
