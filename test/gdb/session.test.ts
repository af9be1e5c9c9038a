/** Packets of gdb's and what they answer, on a trace of which everything is known. */
import test, { type ExecutionContext } from 'ava';
import { GdbServer } from '../../src/gdb/server.js';
import { Session, type SessionOptions } from '../../src/gdb/session.js';
import { hexOfText, textOfHex } from '../../src/gdb/hex.js';
import { encodePacket, PacketReader } from '../../src/gdb/packet.js';
import { Position } from '../../src/query/position.js';
import { Trace } from '../../src/query/trace.js';
import { PassThrough } from 'node:stream';
import Sqlite from 'better-sqlite3';
import { writeFixtureTrace, type Fixture } from '../helpers/fixture-trace.js';

const FIXTURE: Fixture = {
  meta: { stop_detail: 'the guest halted', final_rip: 0x1006 },
  initial: { rsp: 0x8000, cs: 8, cs_base: 0, cr0: 0x11, cr3: 0x4000, fcw: 0x37f, fsw: 0, ftw: 1,
    st0: 0x8000000000000000n, st0_exponent: 0x3fff, xmm0_0: 1, xmm0_1: 2 }, // prettier-ignore
  pages: { 2: Uint8Array.of(1, 2, 3, 4) },
  symbols: [{ address: 0x1000, size: 3, name: 'start' }],
  steps: [
    { rip: 0x1000, mode: 32, text: 'inc eax', registers: { rax: 1 } },
    { rip: 0x1001, mode: 32, text: 'store', memory: [{ gpa: 0x2000, size: 4, value: 9 }] },
    { rip: 0x1002, mode: 32, text: 'nop' },
    { rip: 0x1000, mode: 32, text: 'inc eax', registers: { rax: 2 } },
    { rip: 0x1004, mode: 64, text: 'store', memory: [{ gpa: 0x2000, size: 4, value: 10 }] },
    { rip: 0x1005, mode: 64, text: 'hlt' },
  ],
};

interface Fake {
  readonly session: Session;
  readonly position: Position;
  readonly printed: string[];
  readonly notices: string[];
  readonly ask: (packet: string) => string | undefined;
}

function connect(
  t: ExecutionContext,
  options: Partial<SessionOptions> = {},
  fixture: Fixture = FIXTURE,
): Fake {
  const trace = Trace.open(writeFixtureTrace(fixture));
  const position = new Position(trace);
  const printed: string[] = [];
  const notices: string[] = [];
  const session = new Session({
    position,
    isInterrupted: () => false,
    print: (text) => printed.push(text),
    notice: (text) => notices.push(text),
    ...options,
  });
  t.teardown(() => {
    session.close();
    trace.close();
  });
  return { session, position, printed, notices, ask: (packet) => session.answer(packet) };
}

test('runs forwards and backwards stop where they should and say why', (t) => {
  const { ask, position, printed } = connect(t);
  t.is(ask('Z0,1000,1'), 'OK');
  t.is(ask('Z2,2000,4'), 'OK');
  t.regex(ask('vCont;c')!, /^T05watch:2000;/);
  t.is(position.step, 2);
  t.is(ask('m2000,4'), '09000000');
  t.regex(ask('c')!, /^T05swbreak:;/);
  t.is(position.step, 3);
  t.regex(ask('bc')!, /^T05watch:2000;/);
  t.is(position.step, 1, 'the write is undone');
  t.is(ask('m2000,4'), '01020304');
  t.regex(ask('bc')!, /^T05swbreak:;/);
  t.is(position.step, 0);
  t.regex(ask('bc')!, /^T05replaylog:begin;/);
  t.regex(ask('bs')!, /^T05replaylog:begin;/);
  ask('z0,1000,1');
  ask('z2,2000,4');
  t.regex(ask('c')!, /^T05replaylog:end;/);
  t.is(position.step, 6);
  t.deepEqual(printed, ['The recording ends here, with state 6: the guest halted.\n']);
  t.regex(ask('s')!, /^T05replaylog:end;/);
  t.regex(ask('bs')!, /^T05/);
  t.is(position.step, 5);
});

test('accesses are watched as reads, or as either', (t) => {
  const fixture: Fixture = {
    ...FIXTURE,
    initial: { ...FIXTURE.initial, rdi: 0x2000 },
    steps: [
      {
        rip: 0x1000,
        mode: 32,
        bytes: '8b07',
        text: 'mov eax, [edi]',
        registers: { rax: 0x04030201 },
      },
      { rip: 0x1002, mode: 32, bytes: '8907', text: 'mov [edi], eax' },
      { rip: 0x1004, mode: 32, bytes: '90', text: 'nop' },
    ],
  };
  const { ask, position, printed } = connect(t, {}, fixture);
  ask('Z3,2000,4');
  t.regex(ask('c')!, /^T05rwatch:2000;/);
  t.is(position.step, 1);
  t.regex(printed[0]!, /kvmtrace index/);
  t.regex(ask('c')!, /^T05replaylog:end;/);
  ask('z3,2000,4');
  ask('Z4,2000,4');
  t.regex(ask('bc')!, /^T05awatch:2000;/);
  t.is(position.step, 1, 'a store of what was there is an access, too');
  t.regex(ask('bc')!, /^T05awatch:2000;/);
  t.is(position.step, 0);
});

test('a range of addresses is stepped out of, unless something is met in it', (t) => {
  const { ask, position } = connect(t);
  ask('vCont;r1000,1003:1');
  t.is(position.step, 4);
  position.seek(0);
  ask('Z1,1002,1');
  t.regex(ask('vCont;r1000,1003:1')!, /^T05hwbreak:;/);
  t.is(position.step, 2);
});

test('registers are those of the description, in its order', (t) => {
  const { ask } = connect(t);
  const xml = ask('qXfer:features:read:target.xml:0,ffff')!;
  t.regex(xml, /^l<\?xml.*<architecture>i386<\/architecture>/s);
  const described = [...xml.matchAll(/<reg name="(\w+)" bitsize="(\d+)"/g)].map(
    ([, name, bits]) => ({ name: name!, digits: Number(bits) / 4 }),
  );
  const general = ask('g')!;
  let at = 0;
  for (const [i, { name, digits }] of described.entries()) {
    const one = ask(`p${i.toString(16)}`)!;
    t.is(one.length, digits, name);
    if (at < general.length) t.is(general.slice(at, at + digits), one, name);
    at += digits;
  }
  const value = (name: string): string | undefined =>
    ask(`p${described.findIndex((each) => each.name === name).toString(16)}`);
  t.is(value('esp'), '00800000');
  t.is(value('eip'), '00100000');
  t.is(value('cr3'), '0040000000000000');
  t.is(value('st0'), '0000000000000080ff3f');
  t.is(value('ftag'), 'fcff0000', 'one register is in use and valid');
  t.is(value('xmm0'), '01000000000000000200000000000000');
  t.is(value('ymm0h'), 'x'.repeat(32), 'not recorded');
  t.is(ask(`p${described.length.toString(16)}`), 'E16');
  const parts = Array.from({ length: Math.ceil(xml.length / 100) }, (_, i) =>
    ask(`qXfer:features:read:target.xml:${(i * 100).toString(16)},64`)!.slice(1),
  );
  t.is(parts.join(''), xml.slice(1));
});

test('the pc is linear, and the offset in the code segment is another register', (t) => {
  const fixture: Fixture = {
    ...FIXTURE,
    initial: { ...FIXTURE.initial, cs_base: 0x7c00 },
    steps: [{ rip: 0x10, mode: 16 }],
    sql: 'UPDATE instruction SET address = 0x7c10',
  };
  const { ask } = connect(t, {}, fixture);
  const xml = ask('qXfer:features:read:target.xml:0,ffff')!;
  t.regex(xml, /<architecture>i8086</);
  const names = [...xml.matchAll(/<reg name="(\w+)"/g)].map(([, name]) => name);
  t.is(ask(`p${names.indexOf('eip').toString(16)}`), '107c0000');
  t.is(ask(`p${names.indexOf('ip').toString(16)}`), '1000000000000000');
});

test('memory is linear, or physical where gdb says so; where there is none, that is told', (t) => {
  const { ask } = connect(t);
  t.is(ask('m2000,3'), '010203');
  t.is(ask('m10000,4'), 'E0e');
  t.is(ask('mfffe,4'), '0000', 'as much as there is');
  t.is(ask('mffffffff00002000,2'), '0102', 'addresses of 32 bits, extended by their sign');
  t.is(ask('Qqemu.PhyMemMode:1'), 'OK');
  t.is(ask('qqemu.PhyMemMode'), '1');
  t.is(ask('m2000,3'), '010203');
  t.is(ask('mffffffffffffffff,3'), 'E0e');
  t.is(ask('mnonsense'), 'E16');
});

test('writes are refused, with what one may do instead', (t) => {
  const { ask, position, notices } = connect(t);
  position.seek(2);
  t.regex(ask('P0=05000000')!, /^E\..*cannot be changed.*replay \S+ --from 2 --set 'rax=0x5' -o/);
  t.regex(ask('P8=00200000')!, /--set 'rip=0x2000'/);
  t.regex(ask('Pa=00200000')!, /^E\.a trace cannot be changed$/);
  t.is(ask('M2000,2:abcd'), 'E01');
  t.regex(notices[0]!, /--from 2 --set '\[0x2000\]=ab cd' -o/);
  t.is(ask('X2000,0:'), '', 'the probe for raw bytes');
  t.is(ask('m2000,2'), '0900');
});

test('a change of mode is told once', (t) => {
  const { ask, notices } = connect(t);
  for (let i = 0; i < 6; i++) ask('s');
  t.is(notices.length, 1);
  t.regex(
    notices[0]!,
    /^step 4 runs 64-bit code, and gdb has taken the guest for 32-bit: .*--at 4/,
  );
});

test('monitor answers, and says what it does not know', (t) => {
  const { ask, position, printed } = connect(t);
  const run = (text: string): string => {
    printed.length = 0;
    t.is(ask(`qRcmd,${hexOfText(text)}`), 'OK');
    return printed.join('');
  };
  t.regex(run('when'), /^step 0 of 6\n.*inc eax/s);
  t.regex(run('goto start:2'), /^step 3 of 6\n.*flush register-cache/s);
  t.is(position.step, 3);
  t.regex(run('last-write 0x2000:4'), /^1 .*store/);
  t.regex(run('next-write rax'), /^3 .*inc eax/);
  t.regex(run('last-write rbx'), /^no step before step 3 changes it/);
  t.regex(run('why rax'), /^rax = 0x1 .*step 0/);
  t.regex(run('steps 3'), /^2 .*\n3 .*\n4 /);
  t.regex(run('registers cr3'), /^cr3 +0x4000\n$/);
  t.regex(run('goto -1'), /^state 6, the end of the recording/);
  t.regex(run('goto 99'), /has no state 99/);
  t.regex(run('goto'), /needs to know what/);
  t.regex(run('nonsense'), /no monitor command nonsense: monitor help/);
  for (const name of ['when', 'goto', 'why', 'calls', 'last-write']) {
    t.true(run('help').includes(name));
  }
  t.is(position.step, 6);
});

test('what a gdb may ask beside that', (t) => {
  const { ask, position } = connect(t);
  t.regex(ask('qSupported:swbreak+')!, /ReverseStep\+;ReverseContinue\+;swbreak\+;hwbreak\+/);
  t.regex(ask('?')!, /^T05/);
  t.is(ask('qfThreadInfo'), 'm1');
  t.is(ask('qsThreadInfo'), 'l');
  t.regex(ask('qXfer:threads:read::0,fff')!, /^l<threads><thread id="1"/);
  t.is(ask('vMustReplyEmpty'), '');
  t.is(ask('vCont?'), 'vCont;c;C;s;S;r');
  t.is(ask('Z9,1000,1'), '', 'no such breakpoint');
  t.is(ask('k'), undefined);
  t.regex(ask(`vRun;;${hexOfText('4')}`)!, /^T05/);
  t.is(position.step, 4);
});

/** A connection over streams, with what comes back as payloads. */
async function serve(
  t: ExecutionContext,
  path: string,
): Promise<{ send: (bytes: string) => void; next: () => Promise<string> }> {
  const server = await GdbServer.open({ path, at: '0', notice: () => undefined });
  const [input, output] = [new PassThrough(), new PassThrough()];
  void server.serve(input, output);
  t.teardown(() => server.close());
  const reader = new PacketReader();
  const waiting: string[] = [];
  let wake: (() => void) | undefined;
  output.on('data', (bytes: Buffer) => {
    for (const each of reader.push(bytes.toString('latin1'))) {
      if (each.kind === 'packet') waiting.push(each.payload);
    }
    wake?.();
  });
  const next = async (): Promise<string> => {
    while (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return waiting.shift()!;
  };
  return { send: (bytes) => input.write(Buffer.from(bytes, 'latin1')), next };
}

test('a search that takes long ends where gdb sends an interrupt', async (t) => {
  // Enough steps that going through them asks several times whether to end.
  const path = writeFixtureTrace({ steps: [{ rip: 0x1000, bytes: '90' }] });
  const database = new Sqlite(path);
  database.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
    INSERT INTO step SELECT i, 0 FROM n`);
  database.close();
  const { send, next } = await serve(t, path);
  send(encodePacket('Z4,2000,8'));
  t.is(await next(), 'OK');
  send(`${encodePacket('c')}\x03`);
  t.regex(textOfHex((await next()).slice(1)), /^Reading through the trace/);
  t.regex(await next(), /^T02/);
  // Nothing is under way any more, so that this interrupt has nothing to end.
  send(`\x03${encodePacket('s')}`);
  t.regex(await next(), /^T05/);
  send(encodePacket('c'));
  t.regex(textOfHex((await next()).slice(1)), /^Reading through the trace/);
  t.regex(textOfHex((await next()).slice(1)), /^The recording ends here/);
  t.regex(await next(), /^T05replaylog:end;/);
});
