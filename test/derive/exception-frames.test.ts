/** Frames that deliveries push are writes, also where they change nothing. */
import test, { type ExecutionContext, type ImplementationFn } from 'ava';
import { Trace } from '../../src/query/trace.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { writeFixtureTrace, type Fixture, type FixtureStep } from '../helpers/fixture-trace.js';
import type { Guest } from '../helpers/guest.js';
import { withMachine } from '../helpers/kept-machine.js';
import { kvmTest, longTest } from '../helpers/kvm.js';
import { STRESS_LONG, STRESS_REAL } from '../helpers/stress-guests.js';
import { ENTER_LEVEL_3, LEVEL_3_GDT } from '../helpers/level-3.js';
import { idt32 } from '../helpers/tables.js';

const LONG = { cr0: 1, efer: 0x500 };
const PROTECTED = { cr0: 1, ss_attributes: 0xc093, cs: 8 };

interface Delivered {
  readonly initial: NonNullable<Fixture['initial']>;
  /** Of the step that a delivery follows. */
  readonly step: Partial<FixtureStep>;
  /** What lies on the stack, by address, as words of 4 bytes. */
  readonly stack?: Readonly<Record<number, number>>;
  readonly code?: number;
  readonly rip?: number;
  readonly sql?: string;
}

/** `gpa+size`, s for silent, of the implied writes of a step that is interrupted. */
function frame({ initial, step, stack = {}, code, rip = 0x1001, sql }: Delivered): string[] {
  const page = new DataView(new ArrayBuffer(4096));
  for (const [at, word] of Object.entries(stack)) page.setUint32(Number(at) & 0xfff, word, true);
  const path = writeFixtureTrace({
    initial,
    steps: [{ rip: 0x1000, bytes: '90', ...step }],
    pages: { 7: new Uint8Array(page.buffer) },
    sql:
      sql ??
      `INSERT INTO interruption VALUES (1, 1, 13, 'fault', ${code ?? 'NULL'}, NULL, ${rip}, 0)`,
  });
  using trace = Trace.open(path);
  return trace.accesses({ gpa: 0, length: 0x10000 }).map((each) => {
    if (!each.implied || each.reads || !each.writes) throw new Error('no frame');
    return `${each.gpa.toString(16)}+${each.size}${each.silent ? ' s' : ''}`;
  });
}

test('long mode: five words from the stack pointer on, and an error code below', (t) => {
  const step = { registers: { rsp: 0x7fc8 }, memory: [{ gpa: 0x7fd8, size: 1, value: 2 }] };
  const words = ['7fc8+8 s', '7fd0+8 s', '7fd8+8', '7fe0+8 s', '7fe8+8 s'];
  t.deepEqual(frame({ initial: LONG, step }), words);
  t.deepEqual(frame({ initial: LONG, step, code: 0 }), [...words, '7ff0+8 s']);
});

test('real mode: three words of 2 bytes, in the stack segment', (t) => {
  const initial = { cr0: 0, ss_base: 0x6000 };
  const step = { mode: 16, registers: { rsp: 0x1ffa } } as const;
  t.deepEqual(frame({ initial, step }), ['7ffa+2 s', '7ffc+2 s', '7ffe+2 s']);
  // Offsets of 16 bits come round.
  const wrapping = { mode: 16, registers: { rsp: 0xfffe } } as const;
  t.deepEqual(frame({ initial: { cr0: 0, ss_base: 0 }, step: wrapping }), [
    '0+2 s',
    '2+2 s',
    'fffe+2 s',
  ]);
});

test('protected mode: the frame tells its width, a change of privilege and virtual-8086 mode', (t) => {
  const step = { mode: 32, registers: { rsp: 0x7f00 } } as const;
  const initial = PROTECTED;
  const found = (stack: Record<number, number>, code?: number): number => {
    const words = frame({ initial, step, stack, ...(code === undefined ? {} : { code }) });
    const size = Number(/\+(\d)/.exec(words[0]!)?.[1]);
    words.forEach((word, i) => {
      t.is(word, `${(0x7f00 + i * size).toString(16)}+${size} s`);
    });
    return words.length * size;
  };
  t.is(found({ 0x7f00: 0x1001, 0x7f04: 8, 0x7f08: 2 }), 12);
  t.is(found({ 0x7f00: 0x1001, 0x7f04: 0x1b, 0x7f08: 2 }), 20);
  t.is(found({ 0x7f04: 0x1001, 0x7f08: 0x1b, 0x7f0c: 2 }, 0), 24);
  t.is(found({ 0x7f00: 0x1001, 0x7f04: 8, 0x7f08: 0x20002 }), 36);
  t.is(found({ 0x7f00: 0x81001, 0x7f04: 2 }), 6);
  t.is(found({ 0x7f00: 0x1b1001, 0x7f04: 2 }), 10);
  // A task gate.
  t.deepEqual(frame({ initial, step, stack: {} }), []);
});

test('deliveries one after the other have a frame each', (t) => {
  const sql = `INSERT INTO interruption VALUES (1, 1, 32, 'interrupt', NULL, NULL, 0x1001, 0),
                                               (2, 1, 13, 'fault', 0, NULL, 0x4000, 0)`;
  const long = { step: { registers: { rsp: 0x7f00 } }, stack: { 0x7f20: 0x7e00 } };
  t.deepEqual(
    frame({ initial: LONG, ...long, sql }).map((word) => word.slice(0, 4)),
    ['7e00', '7e08', '7e10', '7e18', '7e20', '7f00', '7f08', '7f10', '7f18', '7f20', '7f28'],
  );
  const step = { mode: 32, registers: { rsp: 0x7f00 } } as const;
  const stack = { 0x7f04: 0x4000, 0x7f08: 8, 0x7f0c: 2, 0x7f10: 0x1001, 0x7f14: 8, 0x7f18: 2 };
  t.is(frame({ initial: PROTECTED, step, stack, sql }).length, 7);
});

/** INT 0x80 again and again from level 3: the frames are the same from the second on. */
const USER: Guest = {
  mode: 'protected',
  data: [idt32(0x101000, { 13: 0x1000b1, 0x80: 0x1000b0 }, { access: 0xee00n }), LEVEL_3_GDT],
  listing: `
    100000  0f 01 15 5a 00 10 00  lgdt [0x10005a]
    100007  0f 01 1d 60 00 10 00  lidt [0x100060]
    ${ENTER_LEVEL_3}
    10004d  cd 80                 int 0x80
    10004f  fa                    cli
    100050  eb fb                 jmp 0x10004d
    10005a  2f 00                 db
    10005c  00 20 10 00           db
    100060  07 04                 db
    100062  00 10 10 00           db
    1000b0  cf                    iretd
    1000b1  58                    pop eax
    1000b2  ff 04 24              inc dword ptr [esp]
    1000b5  cf                    iretd
  `,
};

/** Whatever KVM says was written is an access, and what was written without changing is silent. */
function checkSilent(t: ExecutionContext, trace: Trace): void {
  trace.accesses({ gpa: 0, length: 1 });
  const one = (sql: string): unknown => [...trace.query(sql).rows][0]![0];
  t.is(
    one(`SELECT count(*) FROM unchanged_page WHERE (step, page) NOT IN
         (SELECT step, gpa >> 12 FROM memory_access WHERE writes AND silent)`),
    0n,
    'unchanged pages',
  );
  t.is(
    one(`SELECT count(*) FROM memory_access WHERE silent AND implied AND (step, gpa >> 12) NOT IN
         (SELECT step, page FROM dirty_page)`),
    0n,
    'silent writes',
  );
  t.not(one('SELECT count(*) FROM memory_access WHERE silent AND implied'), 0n);
}

for (const [name, guest] of [
  ['long mode', STRESS_LONG],
  ['real mode', STRESS_REAL],
  ['level 3 of protected mode', USER],
] as const) {
  const check: ImplementationFn<[]> = async (t) => {
    await withMachine(guest, 'auto', async ({ output }, record) => {
      await record(2000);
      using trace = Trace.open(output);
      checkSilent(t, trace);
    });
  };
  const title = `what KVM says was written, frames have: ${name}`;
  kvmTest(title, check);
}

longTest('what KVM says was written, frames have: interrupt stacks, threads', async (t) => {
  for (const source of ['unwinding.c', 'preempted.c']) {
    const guest = buildGuest(source, { folder: 'derive', flags: ['-O1'] });
    using trace = Trace.open(await recordBuilt(guest));
    checkSilent(t, trace);
  }
});
