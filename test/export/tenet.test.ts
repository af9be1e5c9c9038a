/**
 * Tenet's traces, read by the rules of its own reader (plugins/tenet/trace/file.py): the state that a line
 * comes to is the state of the trace.
 */
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { Trace } from '../../src/query/trace.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { kvmTest } from '../helpers/kvm.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { exported, TRACES } from './traces.js';

const WIDE = [
  ...['rax', 'rbx', 'rcx', 'rdx', 'rbp', 'rsp', 'rsi', 'rdi'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'],
];
const NARROW = ['eax', 'ebx', 'ecx', 'edx', 'ebp', 'esp', 'esi', 'edi'];

interface Line {
  readonly registers: ReadonlyMap<string, bigint>;
  readonly memory: readonly { name: string; address: bigint; bytes: Uint8Array }[];
}

/** As the reader takes a line apart: it fails for anything else. */
function parse(line: string, known: readonly string[]): Line {
  const registers = new Map<string, bigint>();
  const memory: { name: string; address: bigint; bytes: Uint8Array }[] = [];
  for (const item of line.split(',')) {
    const [name, value, ...rest] = item.split('=');
    if (rest.length > 0 || value === undefined) throw new Error(`no name=value: ${item}`);
    if (known.includes(name!)) {
      registers.set(name!, BigInt(value));
    } else if (name === 'mr' || name === 'mw' || name === 'mrw') {
      const [address, hex, ...more] = value.split(':');
      if (more.length > 0 || !/^([0-9a-f]{2})+$/.test(hex ?? '')) throw new Error(item);
      memory.push({ name, address: BigInt(address!), bytes: Buffer.from(hex!, 'hex') });
    } else {
      throw new Error(`Tenet knows no ${name!}`);
    }
  }
  return { registers, memory };
}

/** Every line against the state that it stands for. */
async function check(
  t: ExecutionContext,
  trace: Trace,
  {
    from = 0,
    to = trace.stepCount,
    pointer = 'rip',
  }: { from?: number; to?: number; pointer?: string } = {},
): Promise<void> {
  const text = readFileSync(await exported(trace, 'tenet', { from, to }), 'latin1');
  t.true(text.endsWith('\n'));
  const lines = text.slice(0, -1).split('\n');
  t.is(lines.length, to - from + 1);
  const names = pointer === 'rip' ? WIDE : NARROW;
  const bits = pointer === 'rip' ? 64 : 32;
  const registers = new Map<string, bigint>();
  let writes = 0;
  for (const [i, text] of lines.entries()) {
    const line = parse(text, [pointer, ...names]);
    t.true(line.registers.has(pointer), text);
    if (i === 0)
      t.deepEqual(
        [...names].filter((name) => !line.registers.has(name)),
        [],
      );
    for (const [name, value] of line.registers) registers.set(name, value);
    const state = trace.state(from + i);
    t.is(registers.get(pointer), state.address, `state ${from + i}`);
    for (const name of names) {
      const value = state.register(name.replace('e', 'r')) ?? 0n;
      if (registers.get(name) !== BigInt.asUintN(bits, value))
        t.fail(`${name} of state ${from + i}`);
    }
    if (i === 0) continue;
    const before = trace.state(from + i - 1);
    for (const { name, address, bytes } of line.memory) {
      const { bytes: found } = (name === 'mr' ? before : state).readVirtual(address, bytes.length);
      t.deepEqual(
        Buffer.from(found),
        Buffer.from(bytes),
        `${name} of step ${from + i - 1}: ${text}`,
      );
      writes += name === 'mw' ? 1 : 0;
    }
    checkTold(t, trace, from + i - 1, line);
  }
  t.true(writes > 0);
}

/** Every change of memory whose linear address is on the stack or an operand's is told. */
function checkTold(t: ExecutionContext, trace: Trace, step: number, { memory }: Line): void {
  const [record] = [...trace.steps(step, 1)];
  const state = trace.state(step + 1);
  const told = memory
    .filter(({ name }) => name !== 'mr')
    .flatMap(({ address, bytes }) => state.physicalRanges(address, bytes.length));
  for (const { gpa, before, after } of record!.memory) {
    for (let at = 0; at < after.length; at++) {
      if (before[at] === after[at]) continue;
      const found = told.some(
        (range) => gpa + at >= range.gpa && gpa + at < range.gpa + range.length,
      );
      if (!found) t.fail(`step ${step} writes ${(gpa + at).toString(16)}, and no line says so`);
    }
  }
}

for (const name of ['hello', 'shop', 'echo']) {
  test(`every state of ${name}`, async (t) => {
    using trace = Trace.open(TRACES[name]!);
    await check(t, trace);
    await check(t, trace, { from: 100, to: 300 });
  });
}

test('32-bit code: eip, eax to edi', async (t) => {
  using trace = Trace.open(
    writeFixtureTrace({
      initial: { rsp: 0x8000, rdi: 0x2000, rcx: 5, cs_base: 0 },
      meta: { final_rip: 0x1004 },
      pages: { 3: Buffer.from('ABCDEFGH') },
      steps: [
        {
          mode: 32,
          rip: 0x1000,
          bytes: '50',
          text: 'push eax',
          registers: { rsp: 0x7ffc },
          memory: [{ gpa: 0x7ffc, size: 4, value: 0 }],
        },
        {
          mode: 32,
          rip: 0x1001,
          bytes: 'f3aa',
          text: 'rep stosb',
          registers: { rcx: 0, rdi: 0x2005 },
          memory: [{ gpa: 0x2000, size: 5, value: 1 }],
        },
        { mode: 32, rip: 0x1003, bytes: '90', registers: { rax: -1n } },
      ],
    }),
  );
  const text = readFileSync(await exported(trace, 'tenet'), 'utf8');
  const lines = text.trimEnd().split('\n');
  t.true(lines[0]!.startsWith('eax=0x0,ebx=0x0,ecx=0x5,'));
  t.is(lines[1], 'esp=0x7ffc,mw=0x7ffc:00000000,eip=0x1001');
  t.is(lines[2], 'ecx=0x0,edi=0x2005,mw=0x2000:0100000000,eip=0x1003');
  t.is(lines[3], 'eax=0xffffffff,eip=0x1004');
});

kvmTest('frames of interrupts, and strings: a guest with a timer', async (t) => {
  const guest = buildGuest('preempted.c', { folder: 'derive', flags: ['-O1'] });
  using trace = Trace.open(await recordBuilt(guest, '', 20_000));
  const [first] = trace.interruptions(0, trace.stepCount);
  t.truthy(first);
  const from = Math.max(0, first!.step - 50);
  await check(t, trace, { from, to: Math.min(trace.stepCount, first!.step + 300) });
});
