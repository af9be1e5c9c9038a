/** The server as a process: nothing but the protocol on its streams, and it ends with its client. */
import { spawnSync } from 'node:child_process';
import test from 'ava';
import { pathOf, Session } from './client.js';

const MAIN = pathOf('dist/src/cli/main.js');
const HELLO = pathOf('traces/hello.db');

test('it ends when its client does, and writes nothing but answers', (t) => {
  const request = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '0' },
    },
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'mcp', HELLO], {
    input: `${JSON.stringify(request)}\n`,
    encoding: 'utf8',
    timeout: 60_000,
  });
  t.is(status, 0, stderr);
  t.is(stderr, '');
  const lines = stdout.trimEnd().split('\n');
  t.is(lines.length, 1);
  const { id, result } = JSON.parse(lines[0]!) as { id: number; result: { serverInfo: object } };
  t.is(id, 1);
  t.like(result.serverInfo, { name: 'kvmtrace' });
});

test('a trace that cannot be opened is told before there is a server', (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'mcp', '/nonexistent.db'], {
    encoding: 'utf8',
  });
  t.is(status, 2);
  t.is(stdout, '');
  t.regex(stderr, /^kvmtrace: .*nonexistent.*\.\n$/);
});

test('nothing goes to stderr while it serves', async (t) => {
  const session = await Session.start(HELLO);
  await session.ask('info');
  await session.call('where', { at: 'nothing' });
  await session[Symbol.asyncDispose]();
  t.is(session.stderr, '');
});
