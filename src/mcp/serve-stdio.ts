/** The server on standard input and output, as clients start it. */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Trace } from '../query/trace.js';
import { createServer } from './server.js';

/** Serves until the client closes standard input, or the signal comes. */
export async function serveStdio(trace: Trace, signal: AbortSignal): Promise<void> {
  const server = createServer(trace);
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      resolve();
    };
    server.server.onclose = end;
    process.stdin.once('end', end).once('close', end);
    signal.addEventListener('abort', end, { once: true });
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
