/** An editor's requests over standard input and output, as the debug adapter protocol has them. */
import test, { type ExecutionContext } from 'ava';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { hex } from '../../src/base/number-text.js';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { kvmTest } from '../helpers/kvm.js';
import { temporaryDirectory } from '../helpers/temporary.js';

const CLI = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
const hello = fileURLToPath(new URL('traces/hello.db', packageRoot));
const lines = fileURLToPath(new URL('test/gdb/guests/lines.c', packageRoot));

type Message = DebugProtocol.Response & DebugProtocol.Event;

/** A client of the protocol: requests with their answers, and the events that come between. */
class Client {
  readonly events: Message[] = [];
  /** Names of all events that ever came. */
  readonly seen = new Set<string>();
  readonly #child = spawn(process.execPath, [CLI, 'dap'], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly #answers = new Map<number, (message: Message) => void>();
  #wake: (() => void) | undefined;
  #rest = Buffer.alloc(0);
  #sequence = 0;

  constructor() {
    this.#child.setMaxListeners(0);
    this.#child.stdout.on('data', (bytes: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      while (this.#take());
    });
  }

  async ask(command: string, args: object = {}): Promise<Message> {
    const seq = ++this.#sequence;
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args });
    const answer = new Promise<Message>((resolve, reject) => {
      this.#answers.set(seq, resolve);
      this.#child.once('exit', (code) => {
        reject(new Error(`the adapter ended with ${String(code)} at ${command}`));
      });
    });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return answer;
  }

  /** The body of an answer that has to be one. */
  async body<T>(command: string, args: object = {}): Promise<T> {
    const answer = await this.ask(command, args);
    if (!answer.success) throw new Error(`${command}: ${answer.message ?? ''}`);
    return answer.body as T;
  }

  /** A request that moves, and why it stopped. */
  async go(command: string, args: object = {}): Promise<string> {
    this.events.length = 0;
    await this.body(command, { threadId: 1, ...args });
    for (;;) {
      const stop = this.events.find(({ event }) => event === 'stopped');
      if (stop !== undefined) return (stop.body as { reason: string }).reason;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async launch(trace: string, at: string | number = 0): Promise<void> {
    await this.body('initialize', { adapterID: 'kvmtrace', pathFormat: 'path' });
    await this.body('launch', { trace, at });
  }

  /** The frames, the innermost first. */
  async stack(): Promise<DebugProtocol.StackFrame[]> {
    const { stackFrames } = await this.body<DebugProtocol.StackTraceResponse['body']>(
      'stackTrace',
      {
        threadId: 1,
      },
    );
    return stackFrames;
  }

  async evaluate(expression: string): Promise<string> {
    return (await this.body<{ result: string }>('evaluate', { expression })).result;
  }

  async close(): Promise<number | null> {
    this.#child.stdin.end();
    const [code] = (await once(this.#child, 'exit')) as [number | null];
    return code;
  }

  #take(): boolean {
    const head = /^Content-Length: (\d+)\r\n\r\n/.exec(this.#rest.toString('latin1'));
    if (head === null) return false;
    const end = head[0].length + Number(head[1]);
    if (this.#rest.length < end) return false;
    const message = JSON.parse(this.#rest.toString('utf8', head[0].length, end)) as Message;
    this.#rest = this.#rest.subarray(end);
    if (message.type === 'event') {
      this.events.push(message);
      this.seen.add(message.event);
      this.#wake?.();
    } else {
      this.#answers.get(message.request_seq)?.(message);
    }
    return true;
  }
}

async function connected(
  t: ExecutionContext,
  trace: string,
  at: string | number = 0,
): Promise<Client> {
  const client = new Client();
  t.teardown(() => client.close());
  await client.launch(trace, at);
  t.is(await client.go('configurationDone'), 'entry');
  return client;
}

test('functions, instructions and data stop a run in both directions', async (t) => {
  const client = await connected(t, hello);
  const set = await client.body<{ breakpoints: DebugProtocol.Breakpoint[] }>(
    'setFunctionBreakpoints',
    {
      breakpoints: [{ name: 'fibonacci', condition: 'rdi == 1' }, { name: 'nowhere' }],
    },
  );
  t.deepEqual(
    set.breakpoints.map(({ verified }) => verified),
    [true, false],
  );
  t.is(await client.go('continue'), 'breakpoint');
  t.is(await client.evaluate('edi'), '0x1');
  t.true((await client.stack())[0]!.name.startsWith('fibonacci'));
  await client.body('setFunctionBreakpoints', { breakpoints: [] });
  const stack = await client.evaluate('rsp');
  const info = await client.body<{ dataId: string }>('dataBreakpointInfo', { name: '[rsp]:8' });
  t.is(info.dataId, `[${stack}]:8`);
  await client.body('setDataBreakpoints', { breakpoints: [{ dataId: info.dataId }] });
  const value = await client.evaluate(`[${stack}]:8`);
  t.is(await client.go('reverseContinue'), 'data breakpoint');
  t.not(await client.evaluate(`[${stack}]:8`), value, 'the write is undone');
  t.is(await client.go('continue'), 'data breakpoint');
  t.is(await client.evaluate(`[${stack}]:8`), value);
  await client.body('setDataBreakpoints', { breakpoints: [] });
  t.is(await client.go('reverseContinue'), 'entry');
  t.true(
    client.events.some(({ body }) => JSON.stringify(body).includes('The recording begins here')),
  );
  await client.body('setInstructionBreakpoints', {
    breakpoints: [{ instructionReference: await client.evaluate('main') }],
  });
  t.is(await client.go('continue'), 'breakpoint');
  t.is(await client.evaluate('rip'), await client.evaluate('main'));
});

test('registers, memory, disassembly, hovers and questions', async (t) => {
  const client = await connected(t, hello, 'fibonacci:2');
  const { scopes } = await client.body<DebugProtocol.ScopesResponse['body']>('scopes', {
    frameId: 1,
  });
  t.deepEqual(
    scopes.slice(0, 3).map(({ name }) => name),
    ['General', 'Segments', 'Control'],
  );
  const { variables } = await client.body<DebugProtocol.VariablesResponse['body']>('variables', {
    variablesReference: scopes[0]!.variablesReference,
  });
  const rdi = variables.find(({ name }) => name === 'rdi')!.value;
  t.is(rdi, await client.evaluate('rdi'));
  t.regex(await client.evaluate('why rdi'), /^rdi = .*step \d+/);
  const memoryReference = await client.evaluate('fibonacci');
  const memory = await client.body<{ data: string }>('readMemory', { memoryReference, count: 2 });
  const code = Buffer.from(memory.data, 'base64');
  const { instructions } = await client.body<DebugProtocol.DisassembleResponse['body'] & object>(
    'disassemble',
    { memoryReference, instructionOffset: -2, instructionCount: 5 },
  );
  t.is(instructions.length, 5);
  t.is(instructions[2]!.address, memoryReference);
  t.true(
    instructions[2]!
      .instructionBytes!.replaceAll(' ', '')
      .startsWith(code.toString('hex').slice(0, 2)),
  );
  const refused = await client.ask('evaluate', { expression: 'nonsense' });
  t.false(refused.success);
  t.regex(JSON.stringify(refused.body), /nonsense is no number, register, symbol or memory/);
  t.is(await client.go('evaluate', { expression: 'goto 1000' }), 'goto');
  t.true((await client.stack())[0]!.name.endsWith('step 1000'));
});

kvmTest('source lines: over, into, out of and back', async (t) => {
  const path = await recordBuilt(buildGuest('lines.c', { folder: 'gdb', flags: ['-O0', '-g'] }));
  const client = await connected(t, path);
  const line = async (): Promise<number> => (await client.stack())[0]!.line;
  const set = await client.body<{ breakpoints: DebugProtocol.Breakpoint[] }>('setBreakpoints', {
    source: { path: lines },
    breakpoints: [{ line: 10 }, { line: 1 }],
  });
  t.deepEqual(
    set.breakpoints.map(({ verified }) => verified),
    [true, false],
  );
  t.is(await client.go('continue'), 'breakpoint');
  const seen = [await line()];
  for (let i = 0; i < 3; i++) {
    t.is(await client.go('next'), 'step');
    seen.push(await line());
  }
  t.deepEqual(seen, [10, 11, 12, 13]);
  for (let i = 0; i < 2; i++) await client.go('stepBack');
  t.is(await line(), 11);
  await client.go('next');
  t.is(await client.go('stepIn'), 'step');
  const frames = await client.stack();
  t.true(frames[0]!.name.startsWith('twice'));
  t.is(frames[0]!.source?.path, lines);
  t.true(frames[1]!.name.startsWith('main'));
  t.is(await client.go('stepOut'), 'step');
  t.is(await line(), 12);
  t.is(await client.go('next', { granularity: 'instruction' }), 'step');
  const { targets } = await client.body<{ targets: { id: number }[] }>('gotoTargets', {
    source: { path: lines },
    line: 14,
  });
  t.deepEqual(targets, []);
});

test('what cannot be launched is told in a sentence, and the end of input ends it', async (t) => {
  const client = new Client();
  await client.body('initialize', { adapterID: 'kvmtrace', pathFormat: 'path' });
  const none = await client.ask('launch', {});
  t.false(none.success);
  t.regex(JSON.stringify(none.body), /no trace was given/);
  const missing = await client.ask('launch', { trace: 'nothing.db' });
  t.false(missing.success);
  t.regex(JSON.stringify(missing.body), /nothing\.db/);
  t.is(await client.close(), 0);
});

kvmTest('a guest that the launch names is recorded first, and anew each time', async (t) => {
  const directory = temporaryDirectory();
  const guest = join(directory, 'hello.elf');
  copyFileSync(fileURLToPath(new URL('guests/hello/hello.elf', packageRoot)), guest);
  for (const maxSteps of [500, 1000]) {
    const client = new Client();
    await client.body('initialize', {
      ...{ adapterID: 'kvmtrace', pathFormat: 'path' },
      supportsProgressReporting: true,
    });
    await client.body('launch', { guest, record: { maxSteps }, at: -1 });
    t.is(await client.go('configurationDone'), 'entry');
    const names = client.seen;
    for (const event of ['progressStart', 'progressEnd', 'initialized'])
      t.true(names.has(event), event);
    using trace = Trace.open(`${guest}.db`);
    t.is(trace.stepCount, maxSteps);
    t.is(await client.evaluate('rip'), hex(trace.state(maxSteps).rip!));
    t.is(await client.close(), 0);
  }
  t.deepEqual(readdirSync(directory).sort(), ['hello.elf', 'hello.elf.db']);
});

kvmTest('a recording that is cut short is debugged as far as it came', async (t) => {
  const directory = temporaryDirectory();
  const client = new Client();
  await client.body('initialize', { adapterID: 'kvmtrace', pathFormat: 'path' });
  const guest = fileURLToPath(new URL('guests/sample/sample.elf', packageRoot));
  const trace = join(directory, 't.db');
  const launch = client.body('launch', { guest, trace });
  await setTimeout(500);
  await client.body('cancel', {});
  await launch;
  await client.body('disconnect');
  t.is(await client.close(), 0);
  using recorded = Trace.open(trace);
  t.is(recorded.meta.get('stop_reason'), 'interrupted');
});

for (const [settings, says] of [
  [{ guest: '/nowhere/guest.elf' }, /guest.elf/],
  [
    { guest: 'package.json', record: { loadd: 1 } },
    /"record": \{"loadd"\} is no setting: give some of format,/,
  ],
  [{ guest: 'package.json', record: { maxSteps: -1 } }, /\{"maxSteps"\} -1 has to be a positive/],
  [{ guest: 'package.json', record: { load: 'x' } }, /\{"load"\} "x" is not an address/],
  [{ guest: 'package.json', record: { mode: 'virtual' } }, /\{"mode"\} "virtual" is none of real,/],
  [{}, /no trace was given/],
] as const) {
  test(`a launch that cannot be: ${JSON.stringify(settings)}`, async (t) => {
    const client = new Client();
    await client.body('initialize', { adapterID: 'kvmtrace', pathFormat: 'path' });
    const answer = await client.ask('launch', settings);
    t.false(answer.success);
    t.regex((answer.body as { error: { format: string } }).error.format, says);
    t.is(await client.close(), 0);
  });
}
