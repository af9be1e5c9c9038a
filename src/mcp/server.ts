/** A server of the Model Context Protocol that answers questions to one trace. */
import { readFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { KvmtraceError } from '../base/errors.js';
import { packageRoot, toolVersion } from '../base/package-root.js';
import { printable } from '../base/printable.js';
import type { Trace } from '../query/trace.js';
import { answerText } from './answer.js';
import type { Arguments, Tool } from './tool.js';
import { calls } from './tools/calls.js';
import { diff } from './tools/diff.js';
import { findWrite } from './tools/find-write.js';
import { info } from './tools/info.js';
import { query } from './tools/query.js';
import { state } from './tools/state.js';
import { steps } from './tools/steps.js';
import { where } from './tools/where.js';
import { why } from './tools/why.js';

/** What a model is told before it sees the tools. */
const INSTRUCTIONS = `This server answers questions about one recorded execution of a virtual machine guest (a kernel, firmware or bare program), instruction by instruction. Nothing runs: every moment can be asked about at once, and in any order.
Step n is the nth executed instruction, from 0. State n is the machine just before step n; what step n writes is seen from state n+1 on. Wherever a step or state is asked for, -1 is the last, and "main:3" the third execution of main.
A good way to a bug: info; then state or steps where the wrong value is seen; why about that value; where at the step it names. 64-bit values are hexadecimal strings. Every tool only reads.`;

/** The document of the tables. */
export const SCHEMA_URI = 'kvmtrace://schema';

/** The server; connect it to a transport. The trace stays the caller's to close. */
export function createServer(trace: Trace): McpServer {
  const server = new McpServer(
    { name: 'kvmtrace', title: 'kvmtrace', version: toolVersion },
    { instructions: INSTRUCTIONS },
  );
  register(server, trace, info);
  register(server, trace, where);
  register(server, trace, steps);
  register(server, trace, state);
  register(server, trace, why);
  register(server, trace, findWrite);
  register(server, trace, calls);
  register(server, trace, query);
  register(server, trace, diff);
  server.registerResource(
    'schema',
    SCHEMA_URI,
    {
      title: 'Tables of a trace',
      description: 'Every table, view and column, with example queries: for the query tool.',
      mimeType: 'text/markdown',
    },
    (uri) => ({
      contents: [{ uri: uri.href, mimeType: 'text/markdown', text: schemaDocument() }],
    }),
  );
  return server;
}

function register<A extends Arguments>(server: McpServer, trace: Trace, tool: Tool<A>): void {
  const { name, title, description, input } = tool;
  const annotations = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };
  const config = { title, description, inputSchema: input as Arguments, annotations };
  server.registerTool(name, config, async (args): Promise<CallToolResult> => {
    try {
      const answer = await tool.run(args as Parameters<typeof tool.run>[0], trace);
      return { content: [{ type: 'text', text: answerText(answer) }] };
    } catch (error) {
      // What the model can mend it is told as an answer: the sentence says what to do next.
      if (!(error instanceof KvmtraceError)) throw error;
      return { isError: true, content: [{ type: 'text', text: printable(error.message) }] };
    }
  });
}

function schemaDocument(): string {
  return readFileSync(new URL('schema/README.md', packageRoot), 'utf8');
}
