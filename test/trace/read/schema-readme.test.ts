/** schema/README.md describes what there is, and its queries run. */
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Trace } from '../../../src/query/trace.js';
import { packageRoot } from '../../../src/base/package-root.js';
import { REGISTERS } from '../../../src/trace/format/registers.js';
import { derivedSchemaSql, schemaSql, sourceSchemaSql } from '../../../src/trace/format/schema.js';
import { writeFixtureTrace } from '../../helpers/fixture-trace.js';
import { EXAMPLE } from '../../cli/example-trace.js';

const readme = readFileSync(new URL('schema/README.md', packageRoot), 'utf8');

/** Tables and views with their columns, as the README's headings and tables have them. */
function described(): Map<string, string[]> {
  const sections = readme.split(/^### /m).slice(1);
  return new Map(
    sections.map((section) => {
      const name = /^`(\w+)`/.exec(section)![1]!;
      const table = section.split('|---|---|')[1]!.split('\n\n')[0]!;
      return [name, [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, column]) => column!)];
    }),
  );
}

test('every table, view and column is described', (t) => {
  const database = new Sqlite(':memory:');
  database.exec(schemaSql() + derivedSchemaSql() + sourceSchemaSql());
  const names = database
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')`)
    .pluck()
    .all();
  const columns = database
    .prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?)')
    .pluck();
  const found = described();
  t.deepEqual([...found.keys()].sort(), names.sort());
  for (const name of names) {
    t.deepEqual(found.get(name)!.sort(), columns.all(name).sort(), name);
  }
});

const queries = [...readme.matchAll(/^```sql\n([^]*?)^```/gm)].map(([, sql]) => sql!);

test('every query runs', (t) => {
  t.true(queries.length > 10);
  const path = writeFixtureTrace({ ...EXAMPLE, sql: EXAMPLE.sql! + derivedSchemaSql() });
  using trace = Trace.open(path);
  const stock = new Sqlite(path, { readonly: true });
  for (const sql of queries) {
    t.notThrows(() => [...trace.query(sql).rows], sql);
    if (/\b(?:hex|sym|unsigned|reg|mem|phys|gpa)\(/.test(sql)) continue;
    t.notThrows(() => stock.prepare(sql).all(), sql);
  }
  stock.close();
});

test('every query runs on the recorded trace that comes with kvmtrace', (t) => {
  using trace = Trace.open(fileURLToPath(new URL('traces/hello.db', packageRoot)));
  for (const sql of queries) {
    // Derived tables are made on demand.
    if (/\b(?:call|function_steps|memory_access)\b/.test(sql)) continue;
    t.notThrows(() => [...trace.query(sql).rows], sql);
  }
});

const EXPECTED: readonly (readonly [comment: string, rows: unknown[][]])[] = [
  ['who wrote rax last before step 50', [[11n, 7n, 'rdtsc']]],
  ['who changed the byte at gpa 0x2000', [[3n, 0x2000n, 8n, 0x4141414141414141n]]],
  ['page faults', [[12n, '5000', 2n, 'hlt']]],
  ['the byte at gpa 0x3000', [[Buffer.from('H')]]],
];
for (const [comment, rows] of EXPECTED) {
  test(`the query "${comment}" gives what it says`, (t) => {
    using trace = Trace.open(writeFixtureTrace(EXAMPLE));
    const sql = queries.find((each) => each.includes(comment))!;
    t.deepEqual([...trace.query(sql).rows], rows as never);
  });
}

test('the ids of registers are as the table says', (t) => {
  const rows = [...readme.matchAll(/^\| (\d+)(?:–(\d+))? \| (.*`\w+`.*) \|$/gm)];
  const ranges = rows.map(([, first, last = first, names]) => ({
    first: Number(first),
    last: Number(last),
    // Of names in round brackets, and of ranges, the first is that of the first id.
    name: /`(\w+)`/.exec(names!)![1],
  }));
  t.is(ranges.length, 10);
  let next = 0;
  for (const { first, last, name } of ranges) {
    t.is(first, next);
    t.is(REGISTERS[first]?.name, name);
    next = last + 1;
  }
  t.is(next, REGISTERS.length);
  for (const [id, name] of [
    ...([[18, 'cs_base'], [52, 'idtr_limit'], [75, 'st0_exponent'], [91, 'xmm0_1']] as const),
    ...([[122, 'ymm0_2'], [153, 'ymm15_3']] as const),
  ]) t.is(REGISTERS[id]?.name, name); // prettier-ignore
});
