/** Guests that run unstepped, and the traces that are made of their logs, on real KVM. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { ExecutionContext } from 'ava';
import { KvmtraceError } from '../../src/base/errors.js';
import { expandLog, expandShard, mergePieces } from '../../src/recorder/fast/expand-log.js';
import { replay } from '../../src/replay/replayer.js';
import { openTrace } from '../../src/trace/read/open.js';
import { recordTrace, type Guest, type GuestRecordOptions } from '../helpers/guest.js';
import { kvmTest as test } from '../helpers/kvm.js';
import { temporaryDirectory } from '../helpers/temporary.js';

/** What was recorded; the rest is starting points, and what the files say of themselves. */
const TABLES = [
  ...['instruction', 'step', 'register_write', 'memory_write', 'unchanged_page', 'port_io', 'mmio'],
  ...['interruption', 'assisted', 'input_value', 'digest'],
];

function compareTables(t: ExecutionContext, a: string, b: string): void {
  const database = new Sqlite(a, { readonly: true });
  database.prepare('ATTACH ? AS other').run(b);
  for (const table of TABLES) {
    const differing = (one: string, two: string): unknown =>
      database
        .prepare(`SELECT count(*) FROM (SELECT * FROM ${one} EXCEPT SELECT * FROM ${two})`)
        .pluck()
        .get();
    t.is(differing(`main.${table}`, `other.${table}`), 0, `${table} of ${a}`);
    t.is(differing(`other.${table}`, `main.${table}`), 0, `${table} of ${b}`);
  }
  database.close();
}

async function logged(guest: Guest, options: GuestRecordOptions = {}): Promise<string> {
  return await recordTrace(guest, { ...options, maxSteps: undefined, fast: true });
}

async function slow(guest: Guest, options: GuestRecordOptions = {}): Promise<string> {
  return await recordTrace(guest, { ...options, maxSteps: 100_000, clock: 'exits' });
}

async function expanded(path: string, more: { from?: number; to?: number } = {}): Promise<string> {
  const output = join(temporaryDirectory(), 't.db');
  await expandLog({ path, output, force: false, host: undefined, ...more });
  return output;
}

async function proves(path: string): Promise<boolean> {
  using trace = openTrace(path);
  const { divergence } = await replay(trace, { from: 0, to: trace.stepCount });
  return divergence === undefined;
}

/** A timer that interrupts: 5 ticks, each printed; and between them a cli section, REP OUTS and HLT. */
const TICKS: Guest = {
  mode: 'real',
  // The gate of vector 8.
  data: [{ at: 0x20, bytes: Uint8Array.of(0x60, 0x10, 0, 0) }],
  listing: `
    1000  b0 11           mov al, 0x11
    1002  e6 20           out 0x20, al
    1004  b0 08           mov al, 8
    1006  e6 21           out 0x21, al
    1008  b0 04           mov al, 4
    100a  e6 21           out 0x21, al
    100c  b0 01           mov al, 1
    100e  e6 21           out 0x21, al
    1010  b0 fe           mov al, 0xfe
    1012  e6 21           out 0x21, al
    1014  b0 34           mov al, 0x34
    1016  e6 43           out 0x43, al
    1018  b0 00           mov al, 0
    101a  e6 40           out 0x40, al
    101c  b0 08           mov al, 8
    101e  e6 40           out 0x40, al
    1020  fb              sti
    1021  be 00 10        mov si, 0x1000
    1024  b9 05 00        mov cx, 5
    1027  ba e9 00        mov dx, 0xe9
    102a  f3 6e           rep outsb dx, [si]
    102c  fa              cli
    102d  e4 80           in al, 0x80
    102f  40              inc ax
    1030  50              push ax
    1031  58              pop ax
    1032  fb              sti
    1033  83 3e 00 20 05  cmp word ptr [0x2000], 5
    1038  72 e7           jb 0x1021
    103a  f4              hlt
    103b  83 3e 00 20 08  cmp word ptr [0x2000], 8
    1040  72 f8           jb 0x103a
    1042  b0 2a           mov al, 0x2a
    1044  e6 f4           out 0xf4, al
    1060  50              push ax
    1061  ff 06 00 20     inc word ptr [0x2000]
    1065  b0 20           mov al, 0x20
    1067  e6 20           out 0x20, al
    1069  58              pop ax
    106a  cf              iret
  `,
};

for (const snapshotEvery of [undefined, 1, 7, 50]) {
  const often = snapshotEvery === undefined ? 'rarely' : `every ${snapshotEvery} exits`;
  test(`a log with snapshots ${often} expands to what a slow recording has`, async (t) => {
    const log = await logged(TICKS, { snapshotEvery });
    const path = await expanded(log);
    compareTables(t, path, await slow(TICKS));
    t.true(await proves(path));
  });
}

/** Fills memory by REP STOSB, which takes some milliseconds an instruction, without an exit; halts. */
const FILLS: Guest = {
  mode: 'real',
  listing: `
    1000  bb 28 00        mov bx, 0x28
    1003  bf 00 20        mov di, 0x2000
    1006  b9 00 c0        mov cx, 0xc000
    1009  88 d8           mov al, bl
    100b  f3 aa           rep stosb [di], al
    100d  4b              dec bx
    100e  75 f3           jne 0x1003
    1010  e6 80           out 0x80, al
    1012  f4              hlt
  `,
};

test('where a guest makes no exit, stretches begin anywhere, and never within an instruction', async (t) => {
  const log = await logged(FILLS);
  const path = await expanded(log);
  compareTables(t, path, await slow(FILLS));
  t.true(await proves(path));
});

test('shards, joined, are the whole; each has to be there once', async (t) => {
  const path = await logged(TICKS, { snapshotEvery: 5 });
  const directory = temporaryDirectory();
  const pieces: string[] = [];
  for (const index of [3, 1, 2]) {
    const output = join(directory, `${index}.piece`);
    await expandShard({ path, output, force: false, host: undefined }, { index, count: 3 });
    pieces.push(output);
  }
  const output = join(directory, 't.db');
  await mergePieces({ path, output, force: false }, pieces);
  compareTables(t, output, await slow(TICKS));
  t.true(await proves(output));
  const again = { path, output: join(directory, 'u.db'), force: false };
  for (const [some, why] of [
    [[pieces[0]!, pieces[1]!], /are in no piece/],
    [[...pieces, pieces[0]!], /is in several pieces/],
    [[path], /is no piece/],
  ] as const) {
    const error = await t.throwsAsync(mergePieces(again, some), { instanceOf: KvmtraceError });
    t.regex(error.message, why);
  }
});

test('some stretches are a trace that begins in the middle', async (t) => {
  const log = await logged(TICKS, { snapshotEvery: 7 });
  t.true(await proves(await expanded(log, { from: 3, to: 6 })));
});

for (const [what, sql, why] of [
  [
    'an answer',
    "UPDATE entry SET data = x'55' WHERE kind = 'in' AND id > 12",
    /at exit 13 registers are not/,
  ],
  [
    'an output',
    "UPDATE entry SET data = x'ff' WHERE id = 3",
    /at exit 3 a write to port 0x21 is of 01, and was of ff/,
  ],
  [
    'a port',
    'UPDATE entry SET address = 34 WHERE id = 3',
    /at exit 3 a write to port 0x21 came, and/,
  ],
] as const) {
  test(`a log in which ${what} was altered is refused, naming the exit`, async (t) => {
    const path = await logged(TICKS);
    const database = new Sqlite(path);
    database.exec(sql);
    database.close();
    const error = await t.throwsAsync(expanded(path), { instanceOf: KvmtraceError });
    t.regex(error.message, why);
    t.is(error.exitCode, 2);
  });
}

test('a log is no trace, and says what to do with it', async (t) => {
  const path = await logged(TICKS);
  const error = t.throws(() => openTrace(path), { instanceOf: KvmtraceError });
  t.regex(error.message, /is a log of record --fast and has no steps/);
});
