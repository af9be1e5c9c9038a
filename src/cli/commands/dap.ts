import type { Command } from '../command.js';

/** `kvmtrace dap`. */
export const dap: Command<object> = {
  usage: 'dap',
  summary:
    'Let VS Code and other editors debug a trace (a debug adapter on standard input and output)',
  examples: [['$0 dap', 'As an editor starts it; its launch configuration names the trace']],
  options: (yargs) => yargs,
  async run() {
    const { TraceDebugSession } = await import('../../dap/session.js');
    const session = new TraceDebugSession();
    session.setRunAsServer(false);
    await new Promise<void>((resolve) => {
      session.on('error', resolve);
      process.stdin.once('close', resolve);
      process.stdin.once('end', resolve);
      session.start(process.stdin, process.stdout);
    });
    return 0;
  },
};
