import test from 'ava';
import Sqlite from 'better-sqlite3';
import { openTrace } from '../../../../src/trace/read/open.js';
import { writeFixtureTrace } from '../../../helpers/fixture-trace.js';

const path = writeFixtureTrace({
  symbols: [
    { address: 0x1000, size: 0x100, name: 'outer' },
    { address: 0x1010, size: 8, name: 'inner' },
    { address: 0x2000, size: 0, name: 'label' },
    { address: 0xffffffff80000000n, size: 16, name: 'kernel' },
  ],
  steps: [],
});

function one(expression: string): unknown {
  using trace = openTrace(path);
  const [row] = trace.query(`SELECT ${expression}`).rows;
  return row![0];
}

test('hex of integers is unsigned', (t) => {
  t.is(one('hex(0)'), '0x0');
  t.is(one('hex(4096)'), '0x1000');
  t.is(one('hex(-1)'), '0xffffffffffffffff');
  t.is(one('hex(0x8000000000000000)'), '0x8000000000000000');
});

test("hex of anything else is SQLite's own", (t) => {
  const stock = new Sqlite(':memory:');
  for (const value of [
    'NULL',
    "''",
    "'aé\u{1f600}'",
    "x''",
    "x'00ff'",
    '1.0',
    '-2.5',
    '1e300',
    '1e-7',
    '0.0001',
    '0.1',
    '123456789012345.6',
    '-0.0',
    '1e15',
    '9e999',
  ]) {
    t.is(one(`hex(${value})`), stock.prepare(`SELECT hex(${value})`).pluck().get(), value);
  }
});

test('sym names the innermost symbol, or a near label', (t) => {
  const names: Readonly<Record<string, string | null>> = {
    '0x0fff': null,
    '0x1000': 'outer',
    '0x1010': 'inner',
    '0x1017': 'inner+0x7',
    '0x1018': 'outer+0x18',
    '0x1100': null,
    '0x2000': 'label',
    '0x2fff': 'label+0xfff',
    '0x12000': null,
    '0xffffffff80000008': 'kernel+0x8',
    '0xffffffff80000010': null,
    NULL: null,
    "'0x1000'": null,
  };
  for (const [address, name] of Object.entries(names)) t.is(one(`sym(${address})`), name, address);
});

test('sym works within a query that reads tables', (t) => {
  using trace = openTrace(path);
  const rows = [...trace.query('SELECT sym(address) FROM symbol ORDER BY id').rows];
  t.deepEqual(rows.flat(), ['outer', 'inner', 'label', 'kernel']);
});

test('unsigned orders and compares', (t) => {
  using trace = openTrace(path);
  const sql =
    'SELECT hex(column1) FROM (VALUES (-1), (0), (5), (-9223372036854775807 - 1), (9223372036854775807)) ORDER BY unsigned(column1)';
  t.deepEqual([...trace.query(sql).rows].flat(), [
    '0x0',
    '0x5',
    '0x7fffffffffffffff',
    '0x8000000000000000',
    '0xffffffffffffffff',
  ]);
  t.is(one('unsigned(-1) > unsigned(1)'), 1n);
});

test("a trace's own views cannot call our functions", (t) => {
  using trace = openTrace(
    writeFixtureTrace({ steps: [], sql: 'CREATE VIEW v AS SELECT unsigned(1), sym(2)' }),
  );
  t.throws(() => [...trace.query('SELECT * FROM v').rows], { message: /unsafe use of/ });
});
