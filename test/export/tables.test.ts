/** Tables: Parquet read back by hyparquet and DuckDB, CSV by DuckDB. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'ava';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { indexTrace } from '../../src/derive/index-trace.js';
import { Trace } from '../../src/query/trace.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { isOneSentence } from '../helpers/sentence.js';
import { EXAMPLE } from '../cli/example-trace.js';
import { exported, TRACES } from './traces.js';

async function duckdb(): Promise<DuckDBConnection> {
  return (await DuckDBInstance.create(':memory:')).connect();
}

async function first(connection: DuckDBConnection, sql: string): Promise<unknown> {
  return (await connection.runAndReadAll(sql)).getRows()[0]?.[0];
}

function indexed(): string {
  const path = writeFixtureTrace(EXAMPLE);
  indexTrace(path);
  return path;
}

for (const [name, path] of [...Object.entries(TRACES), ['an indexed trace', indexed()] as const]) {
  test(`parquet: a file for each table of ${name}, with as many rows`, async (t) => {
    using trace = Trace.open(path);
    const folder = await exported(trace, 'parquet');
    const connection = await duckdb();
    const files = readdirSync(folder);
    t.true(files.length >= 19);
    for (const file of files) {
      const table = basename(file, '.parquet');
      const [[rows]] = [...trace.query(`SELECT count(*) FROM ${table}`).rows] as [[bigint]];
      const at = join(folder, file);
      t.is(await first(connection, `SELECT count(*) FROM read_parquet('${at}')`), rows, table);
      const metadata = await parquetMetadataAsync(await asyncBufferFromFile(at));
      t.is(metadata.num_rows, rows, table);
    }
  });
}

test('parquet: every value, by hyparquet', async (t) => {
  const path = indexed();
  using trace = Trace.open(path);
  const folder = await exported(trace, 'parquet');
  for (const file of readdirSync(folder)) {
    const table = basename(file, '.parquet');
    const rows = await parquetReadObjects({
      file: await asyncBufferFromFile(join(folder, file)),
      utf8: false,
    });
    const { columns, rows: wanted } = trace.query(`SELECT * FROM ${table}`);
    const objects = [...wanted].map((row) =>
      Object.fromEntries(
        columns.map((column, i) => [
          column,
          // A column of ANY is text there.
          table === 'meta' && column === 'value' ? String(row[i]) : plain(row[i]),
        ]),
      ),
    );
    t.deepEqual(
      rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])),
      ),
      objects,
      table,
    );
  }
});

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

test('parquet: the questions of SQL have the same answers in DuckDB, over several traces', async (t) => {
  const connection = await duckdb();
  const counts: string[] = [];
  for (const name of ['hello', 'shop']) {
    using trace = Trace.open(TRACES[name]!);
    const folder = await exported(trace, 'parquet', { tables: ['step', 'instruction'] });
    t.deepEqual(readdirSync(folder).sort(), ['instruction.parquet', 'step.parquet']);
    const question = (step: string, instruction: string): string =>
      `SELECT i.text, count(*) AS times FROM ${step} s JOIN ${instruction} i ON i.id = s.instruction
       GROUP BY i.text ORDER BY times DESC, i.text LIMIT 5`;
    const ours = [...trace.query(question('step', 'instruction')).rows];
    const file = (table: string): string => `read_parquet('${join(folder, table)}.parquet')`;
    const theirs = await connection.runAndReadAll(question(file('step'), file('instruction')));
    t.deepEqual(theirs.getRows(), ours);
    counts.push(join(folder, 'step.parquet'));
  }
  const list = counts.map((each) => `'${each}'`).join();
  t.is(await first(connection, `SELECT count(*) FROM read_parquet([${list}])`), 1865n + 1517n);
});

test('csv: DuckDB reads the same values', async (t) => {
  using trace = Trace.open(TRACES['example']!);
  const folder = await exported(trace, 'csv');
  const connection = await duckdb();
  for (const file of readdirSync(folder)) {
    const table = basename(file, '.csv');
    const { columns, rows } = trace.query(`SELECT * FROM ${table}`);
    const read = `read_csv('${join(folder, file)}', header = true, all_varchar = true, strict_mode = true)`;
    const found = (
      await connection.runAndReadAll(
        `SELECT ${columns.map((each) => `"${each}"`).join()} FROM ${read}`,
      )
    ).getRows();
    const wanted = [...rows].map((row) =>
      row.map((value) => (value === null ? null : String(plain(value)))),
    );
    t.deepEqual(found, wanted, table);
  }
});

test('a range has the rows of its steps; what is about the whole trace stays whole, or out', async (t) => {
  const path = indexed();
  using trace = Trace.open(path);
  const folder = await exported(trace, 'csv', { from: 3, to: 8 });
  const rows = (table: string): string[] =>
    readFileSync(join(folder, `${table}.csv`), 'utf8')
      .trimEnd()
      .split('\r\n')
      .slice(1);
  t.deepEqual(
    rows('step').map((row) => row.split(',')[0]),
    ['3', '4', '5', '6', '7'],
  );
  t.true(
    rows('register_write').every(
      (row) => Number(row.split(',')[1]) >= 3 && Number(row.split(',')[1]) < 8,
    ),
  );
  t.is(rows('port_io').length, 4);
  t.is(rows('mmio').length, 0);
  t.is(rows('instruction').length, 13);
  t.true(rows('call').length > 0);
  t.true(rows('memory_access').length > 0);
  t.false(readdirSync(folder).includes('function_steps.csv'));
  const { message } = await t.throwsAsync(
    exported(trace, 'csv', { from: 3, tables: ['function_steps'] }),
  );
  t.true(isOneSentence(message), message);
  // The first range has the initial state, the last what came at the end.
  const all = await Promise.all(
    [
      [0, 3],
      [3, 8],
      [8, 13],
    ].map(async ([from, to]) => {
      const part = await exported(trace, 'csv', { from: from!, to: to! });
      return ['register_write', 'interruption', 'memory_write'].map(
        (table) =>
          readFileSync(join(part, `${table}.csv`), 'utf8')
            .trimEnd()
            .split('\r\n').length - 1,
      );
    }),
  );
  const sums = [0, 1, 2].map((i) => all.reduce((sum, counts) => sum + counts[i]!, 0));
  const count = (table: string): number =>
    Number([...trace.query(`SELECT count(*) FROM ${table}`).rows][0]![0]);
  t.deepEqual(sums, ['register_write', 'interruption', 'memory_write'].map(count));
});
