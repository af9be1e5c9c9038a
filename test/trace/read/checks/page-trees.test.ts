/** Files whose pages are put together so that SQLite would go round and round in them. */
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { readFileSync, writeFileSync } from 'node:fs';
import { KvmtraceError } from '../../../../src/base/errors.js';
import { Trace } from '../../../../src/query/trace.js';
import { writeSound } from '../../hostile.js';

const PAGE = 4096;
const INTERIOR_TABLE = 0x05;
const LEVELS = 3;
const CELLS = 400;

function rootOf(path: string, name: string): number {
  const database = new Sqlite(path, { readonly: true });
  try {
    return database
      .prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?')
      .pluck()
      .get(name)!;
  } finally {
    database.close();
  }
}

/** An interior page all of whose children are the same page. */
function fan(child: number): Buffer {
  const page = Buffer.alloc(PAGE);
  page[0] = INTERIOR_TABLE;
  page.writeUInt16BE(CELLS, 3);
  page.writeUInt16BE(PAGE - 6 * CELLS, 5);
  page.writeUInt32BE(child, 8);
  for (let i = 0; i < CELLS; i++) {
    const at = PAGE - 6 * (i + 1);
    page.writeUInt32BE(child, at);
    page[at + 4] = 0x80 | (i >> 7);
    page[at + 5] = i & 0x7f;
    page.writeUInt16BE(at, 12 + 2 * i);
  }
  return page;
}

/** The table's rows, 400 to the third power of times. */
function shareBranches(path: string, table: string): void {
  const root = rootOf(path, table);
  const file = readFileSync(path);
  const pages: Buffer[] = [...Array(file.length / PAGE).keys()].map((i) =>
    file.subarray(i * PAGE, (i + 1) * PAGE),
  );
  pages.push(pages[root - 1]!);
  for (let level = 1; level < LEVELS; level++) pages.push(fan(pages.length));
  pages[root - 1] = fan(pages.length);
  const spoiled = Buffer.concat(pages);
  spoiled.writeUInt32BE(pages.length, 28);
  writeFileSync(path, spoiled);
}

for (const table of ['step', 'instruction', 'symbol', 'port_io', 'memory_slot', 'snapshot']) {
  test(`the branches of ${table} are shared`, (t) => {
    const path = writeSound(false);
    shareBranches(path, table);
    t.throws(() => Trace.open(path), {
      instanceOf: KvmtraceError,
      message: /page \d+ of the file is used twice/,
    });
  });
}

test('the branches of the schema are shared', (t) => {
  const path = writeSound(false);
  const file = readFileSync(path);
  // A leaf in a fan of fans; its page is none of the trace's.
  const count = file.length / PAGE;
  const leaf = Buffer.alloc(PAGE);
  leaf[0] = 0x0d;
  const first = fan(count + 2);
  const schema = Buffer.alloc(PAGE);
  file.copy(schema, 0, 0, 100);
  first.copy(schema, 100, 0, 12 + 2 * 4);
  schema.writeUInt16BE(4, 103);
  first.copy(schema, PAGE - 6 * 4, PAGE - 6 * 4);
  schema.writeUInt32BE(count + 2, 28);
  writeFileSync(path, Buffer.concat([schema, file.subarray(PAGE), leaf, fan(count + 1)]));
  t.throws(() => Trace.open(path), {
    instanceOf: KvmtraceError,
    message: /page \d+ of the file is used twice/,
  });
});

test('a row says that it is longer than the file', (t) => {
  const path = writeSound(false);
  const root = rootOf(path, 'instruction');
  const file = readFileSync(path);
  const page = file.subarray((root - 1) * PAGE, root * PAGE);
  // The payload's length, as a varint of 5 bytes: nearly a gigabyte.
  Buffer.from([0x83, 0xd6, 0xb2, 0xe7, 0x00]).copy(page, page.readUInt16BE(8));
  writeFileSync(path, file);
  t.throws(() => Trace.open(path), {
    instanceOf: KvmtraceError,
    message: /its rows are longer than the file/,
  });
});
