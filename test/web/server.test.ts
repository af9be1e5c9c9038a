/** The server as HTTP clients see it, and its answers against the trace. */
import test from 'ava';
import { readFileSync, copyFileSync } from 'node:fs';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { sha256 } from '../../src/base/sha256.js';
import { Trace } from '../../src/query/trace.js';
import { WebServer } from '../../src/web/server.js';
import { EXAMPLE } from '../cli/example-trace.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

const HELLO = fileURLToPath(new URL('traces/hello.db', packageRoot));

async function served(
  use: (server: WebServer) => Promise<void>,
  path = HELLO,
  other?: string,
): Promise<void> {
  const server = await WebServer.open({ path, other, host: '127.0.0.1', port: 0 });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(server: WebServer, name: string, args: unknown, side = 'a'): Promise<Answer> {
  const response = await fetch(`${server.url}api/${side}/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof args === 'string' ? args : JSON.stringify(args),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('the page is served with a policy that allows nothing from outside and nothing inline', async (t) => {
  await served(async (server) => {
    const response = await fetch(server.url);
    const page = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    t.regex(policy, /^default-src 'none'/);
    t.notRegex(policy, /unsafe|\*|http/);
    t.is(response.headers.get('referrer-policy'), 'no-referrer');
    t.is(response.headers.get('x-content-type-options'), 'nosniff');
    t.notRegex(page, /<style|<script>|\son\w+=|https?:/);
    for (const [, file] of page.matchAll(/(?:href|src)="([^"]+)"/g)) {
      t.is((await fetch(server.url + file!)).status, 200, file);
    }
    t.is((await fetch(`${server.url}../package.json`)).status, 404);
    t.is((await fetch(`${server.url}%2e%2e/%2e%2e/package.json`)).status, 404);
  });
});

test('a request with another Host is refused by the server itself', async (t) => {
  await served(async (server) => {
    const { port, pathname } = new URL(server.url);
    const status = await new Promise((resolve, reject) => {
      request({
        host: '127.0.0.1',
        port,
        path: pathname,
        headers: { Host: `evil.example:${port}` },
      })
        .on('response', (response) => {
          resolve(response.statusCode);
          response.resume();
        })
        .on('error', reject)
        .end();
    });
    t.is(status, 403);
  });
});

test('steps and states are those of the trace, wide values digit by digit', async (t) => {
  const path = writeFixtureTrace({
    ...EXAMPLE,
    initial: { ...EXAMPLE.initial, rbx: 0xfedcba9876543210n },
  });
  using trace = Trace.open(path);
  await served(async (server) => {
    const { body } = await ask(server, 'state', { at: 0 });
    const registers = body['registers'] as { name: string; value: number | string }[];
    const rbx = registers.find(({ name }) => name === 'rbx')!.value;
    t.is(rbx, '18364758544493064720');
    t.is(BigInt(rbx), trace.state(0).register('rbx')!);
    const steps = await ask(server, 'steps', { from: 0, count: 400 });
    const rows = steps.body['rows'] as { step: number; text: string }[];
    t.deepEqual(
      rows.map(({ step, text }) => [step, text]),
      Array.from(trace.steps(0, trace.stepCount), ({ step, instruction }) => [
        step,
        instruction.text,
      ]),
    );
  }, path);
});

test('find goes to the write before and the write after a step, as the trace has them', async (t) => {
  using trace = Trace.open(HELLO);
  await served(async (server) => {
    const at = 900;
    const found = async (direction: string): Promise<unknown> =>
      (await ask(server, 'find', { kind: 'register', name: 'rax', at, direction })).body['step'];
    t.is(await found('backward'), trace.lastRegisterWrite('rax', at)!.step);
    t.is(await found('forward'), trace.nextRegisterWrite('rax', at + 1)!.step);
    const address = trace.state(at).register('rsp')!;
    const gpa = Number(address);
    const read = await ask(server, 'find-deep', {
      ...{
        kind: 'read',
        at,
        direction: 'forward',
        address: `0x${address.toString(16)}`,
        length: 8,
      },
    });
    t.is(read.body['step'], trace.nextAccess({ gpa, length: 8 }, at + 1, { reads: true })!.step);
  });
});

test('memory tells which bytes the step before changed', async (t) => {
  using trace = Trace.open(HELLO);
  const [write] = trace.query('SELECT step, gpa, size FROM memory_write WHERE size = 8 AND step > 50').rows; // prettier-ignore
  const [step, gpa] = [Number(write![0]), Number(write![1])];
  await served(async (server) => {
    const { body } = await ask(server, 'memory', {
      ...{ at: step + 1, place: `0x${gpa.toString(16)}`, length: 16, physical: true },
    });
    const [piece] = body['pieces'] as { bytes: string; changed: number[] }[];
    const after = trace.state(step + 1).readPhysical(gpa, 16).bytes;
    const before = trace.state(step).readPhysical(gpa, 16).bytes;
    t.is(piece!.bytes, Buffer.from(after).toString('hex'));
    t.deepEqual(piece!.changed, [...after.keys()].filter((i) => after[i] !== before[i])); // prettier-ignore
    t.true(piece!.changed.length > 0);
  });
});

test('what is wrong is told in a sentence, and nothing ends by it', async (t) => {
  await served(async (server) => {
    const wrong: [string, unknown, RegExp][] = [
      ['steps', { from: -1, count: 5 }, /from is -1/],
      ['steps', { from: 0, count: 1e9 }, /count is 1000000000/],
      ['state', { at: 1e9 }, /at is 1000000000: it has to be from 0 to 1865/],
      ['state', [], /JSON object/],
      ['state', '{"at":', /no JSON/],
      ['memory', { at: 0, place: 'nowhere', length: 16 }, /no address, register or symbol/],
      ['find', { kind: 'read', at: 0, direction: 'forward' }, /kind is "read"/],
      [
        'find-deep',
        { kind: 'execute', address: 4096, at: 0, direction: 'forward' },
        /address is 4096/,
      ],
      ['sql', { sql: 'DELETE FROM step' }, /only read/],
      ['sql', { sql: `SELECT '${'x'.repeat(70_000)}'` }, /no JSON of at most/],
      ['diff', {}, /one trace/],
    ];
    for (const [name, args, expected] of wrong) {
      const { status, body } = await ask(server, name, args);
      t.is(status, 400, name);
      t.regex(String(body['problem']), expected);
    }
    t.is((await ask(server, 'nothing', {})).status, 404);
    t.is((await ask(server, 'state', { at: 0 }, 'b')).status, 400);
    const typed = await fetch(`${server.url}api/a/state`, { method: 'POST', body: '{"at":0}' });
    t.is(typed.status, 405, 'what a form of another page can send is not taken');
    t.is((await ask(server, 'state', { at: 0 })).status, 200);
  });
});

test('SQL that nobody waits for any more is stopped, and the next is answered', async (t) => {
  await served(async (server) => {
    const endless =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
    const controller = new AbortController();
    const asked = fetch(`${server.url}api/a/sql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sql: endless }),
      signal: controller.signal,
    });
    setTimeout(() => {
      controller.abort();
    }, 500);
    await t.notThrowsAsync(asked.then(() => t.fail('it was answered'), () => undefined)); // prettier-ignore
    const { body } = await ask(server, 'sql', { sql: 'SELECT id AS step, rax FROM steps LIMIT 1' });
    t.deepEqual(body['columns'], [{ name: 'step', kind: 'step' }, { name: 'rax', kind: 'address' }]); // prettier-ignore
  });
});

test('the trace is as it was', async (t) => {
  const path = temporaryPath();
  copyFileSync(HELLO, path);
  const before = sha256(readFileSync(path));
  await served(async (server) => {
    for (const [name, args] of [
      ['stack', { at: 500 }],
      ['functions', {}],
      ['calls', { from: 0, to: 1865, pixels: 800 }],
      ['lanes', { from: 0, to: 1865, pixels: 800 }],
      ['why', { at: 500, what: 'rax', depth: 4, links: 20 }],
      ['search', { at: 0, text: 'fibonacci' }],
    ] as const) {
      t.is((await ask(server, name, args)).status, 200, name);
    }
  }, path);
  t.is(sha256(readFileSync(path)), before);
});

test('search finds steps by number, place, symbol, code and output', async (t) => {
  using trace = Trace.open(HELLO);
  await served(async (server) => {
    const first = async (text: string): Promise<[string, number]> => {
      const { body } = await ask(server, 'search', { at: 0, text });
      const [hit] = body['hits'] as { kind: string; step: number }[];
      return [hit!.kind, hit!.step];
    };
    t.deepEqual(await first('0x10'), ['position', 16]);
    t.deepEqual(await first('-1'), ['position', trace.stepCount]);
    t.deepEqual(await first('fibonacci:2'), ['position', trace.nthExecution('fibonacci', 2)!]);
    t.deepEqual(await first('fibonac'), ['symbol', trace.nthExecution('fibonacci', 1)!]);
    t.is((await first('out dx'))[0], 'code');
    const [kind, step] = await first('KVM guest');
    t.is(kind, 'output');
    t.regex([...trace.steps(step, 1)][0]!.instruction.text, /^out/);
    t.deepEqual((await ask(server, 'search', { at: 0, text: "%_'" })).body, { hits: [] });
  });
});
