/** The SDK's client, on a server that is started as users' clients start it. */
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { packageRoot } from '../../src/base/package-root.js';

const ROOT = fileURLToPath(packageRoot);

/** A path of this repository, as the documents name it. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(name, packageRoot));
}

/** What a tool answered. */
export interface ToolAnswer {
  readonly text: string;
  readonly isError: boolean;
}

/** A connected client and what its server wrote to stderr. */
export class Session implements AsyncDisposable {
  readonly client = new Client({ name: 'kvmtrace-test', version: '0' });
  stderr = '';
  readonly #transport: StdioClientTransport;

  private constructor(trace: string) {
    this.#transport = new StdioClientTransport({
      command: process.execPath,
      args: [pathOf('dist/src/cli/main.js'), 'mcp', trace],
      cwd: ROOT,
      stderr: 'pipe',
    });
    this.#transport.stderr?.on('data', (data) => (this.stderr += String(data)));
  }

  static async start(trace: string): Promise<Session> {
    const session = new Session(trace);
    await session.client.connect(session.#transport);
    return session;
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<ToolAnswer> {
    const { content, isError } = await this.client.callTool({ name, arguments: args });
    const [first] = content as { type: string; text: string }[];
    return { text: first!.text, isError: isError === true };
  }

  /** The answer as the document that it is. */
  async ask(name: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const { text, isError } = await this.call(name, args);
    if (isError) throw new Error(text);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}
