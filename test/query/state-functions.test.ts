import test from 'ava';
import { Trace } from '../../src/query/trace.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';

const table = (entry: number): Uint8Array => new Uint8Array(BigInt64Array.of(BigInt(entry)).buffer);

/** Linear page 0 is at 0x5000; step 1 writes there. */
const path = writeFixtureTrace({
  steps: [
    { rip: 0x1000, registers: { rax: -1 } },
    { rip: 0x1001, memory: [{ gpa: 0x5010, size: 2, value: 0x1234 }] },
  ],
  initial: { cr0: 0x80000011n, cr3: 0x1000, cr4: 0x20, efer: 0x500, rax: 7 },
  slots: [{ gpa: 0, size: 0x8000 }],
  pages: { 1: table(0x2003), 2: table(0x3003), 3: table(0x4003), 4: table(0x5003) },
});

function one(expression: string): unknown {
  using trace = Trace.open(path);
  const [row] = trace.query(`SELECT ${expression}`).rows;
  const value = row![0];
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

test('registers of a state, signed as SQLite has them', (t) => {
  t.is(one("reg('rax', 0)"), 7n);
  t.is(one("reg('rax', 1)"), -1n);
  t.is(one("reg('rip', 1)"), 0x1001n);
  for (const none of [
    "reg('rxx', 0)",
    "reg('rax', 3)",
    "reg('rax', -1)",
    'reg(1, 0)',
    "reg('rax', NULL)",
  ]) {
    t.is(one(none), null, none);
  }
});

test('memory of a state, linear and physical', (t) => {
  t.is(one('mem(0x10, 2, 1)'), '0000');
  t.is(one('mem(0x10, 2, 2)'), '3412');
  t.is(one('phys(0x5010, 4, 2)'), '34120000');
  t.is(one('gpa(0x10, 0)'), 0x5010n);
  t.is(one('gpa(0x1000, 0)'), null, 'no entry');
  for (const none of [
    'mem(0xfff, 2, 2)',
    'mem(0x10, 0, 2)',
    'mem(0x10, 1 << 21, 2)',
    'phys(0x7fff, 2, 2)',
    'phys(-1, 2, 2)',
    "mem('x', 2, 2)",
  ]) {
    t.is(one(none), null, none);
  }
});

test('in a query over steps', (t) => {
  using trace = Trace.open(path);
  const sql = "SELECT id, reg('rax', id + 1), hex(mem(16, 2, id + 1)) FROM step ORDER BY id";
  t.deepEqual(
    [...trace.query(sql).rows],
    [
      [0n, -1n, '0000'],
      [1n, -1n, '3412'],
    ],
  );
});
