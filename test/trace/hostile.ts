/** A small trace with something of everything, and ways to spoil it. */
import Sqlite from 'better-sqlite3';
import { indexTrace } from '../../src/derive/index-trace.js';
import { writeFixtureTrace, type FixtureStep } from '../helpers/fixture-trace.js';
import type { Random } from '../helpers/random.js';

const PRESENT = 3n;

function table(entries: Readonly<Record<number, bigint>>): Uint8Array {
  const page = Buffer.alloc(4096);
  for (const [index, entry] of Object.entries(entries)) {
    page.writeBigUInt64LE(entry, Number(index) * 8);
  }
  return page;
}

const LOOP: readonly Omit<FixtureStep, 'rip'>[] = [
  { bytes: 'e8f0000000', text: 'call f', registers: { rsp: 0x4ff8 } },
  { bytes: '53', text: 'push rbx', memory: [{ gpa: 0x6ff0, size: 8, value: 3 }] },
  { bytes: '488b0424', text: 'mov rax, [rsp]', registers: { rax: 3 } },
  { bytes: '4801d8', text: 'add rax, rbx', registers: { rax: 6, rflags: 0x206 } },
  { bytes: 'f3a4', text: 'rep movsb', registers: { rcx: 0, rsi: 0x4010, rdi: 0x4110 } },
  { bytes: 'e460', text: 'in al, 0x60', registers: { rax: 65 }, in: [0x60, 'A'] },
  { bytes: 'ee', text: 'out dx, al', out: [0xe9, 'A'] },
  { bytes: 'c3', text: 'ret', registers: { rsp: 0x5000, rcx: 16 } },
];

/** In long mode, through page tables at 0x1000; 0x4000 and 0x5000 are memory. */
export function writeSound(indexed: boolean): string {
  const steps = Array.from({ length: 64 }, (_, i) => ({
    ...LOOP[i % LOOP.length]!,
    rip: 0x4000 + (i % LOOP.length) * 8,
  }));
  const path = writeFixtureTrace({
    steps,
    initial: { cr0: 0x80000011n, cr3: 0x1000, cr4: 0x20, efer: 0x500, rsp: 0x5000, rcx: 16 },
    slots: [{ gpa: 0, size: 0x8000 }],
    pages: {
      1: table({ 0: 0x2000n | PRESENT }),
      2: table({ 0: 0x3000n | PRESENT }),
      3: table({ 0: 0x5000n | PRESENT }),
      5: table({ 4: 0x6000n | PRESENT, 5: 0x7000n | PRESENT }),
    },
    symbols: [
      { address: 0x4000, size: 8, name: 'start' },
      { address: 0x4008, size: 56, name: 'f' },
    ],
    sql: `INSERT INTO interruption VALUES (1, 9, 14, 'fault', 2, -1, 16456, 0);
          INSERT INTO input_value VALUES (1, 6, 'tsc', 77);
          INSERT INTO mmio VALUES (1, 12, 65536, 'read', 4, x'01020304');
          INSERT INTO unchanged_page VALUES (3, 4);`,
  });
  if (indexed) indexTrace(path);
  return path;
}

/** Flips, copies and cuts. */
export function spoilBytes(file: Buffer, random: Random): Buffer {
  const spoiled = Buffer.from(file);
  const pages = spoiled.length / 4096;
  const anywhere = (): number => random(spoiled.length);
  // Heads of pages say what is where in them: worth more attention than their share.
  const inHead = (): number => random(pages) * 4096 + random(64);
  switch (random(6)) {
    case 0:
      return spoiled.subarray(0, anywhere());
    case 1:
      spoiled.copyWithin(random(pages) * 4096, random(pages) * 4096, 0);
      spoiled.copy(spoiled, random(pages) * 4096, random(pages - 1) * 4096, 4096);
      return spoiled;
    case 2:
      spoiled.fill(random(256), anywhere(), anywhere());
      return spoiled;
    case 3:
      for (let i = 0; i < 8; i++) spoiled[inHead()] = random(256);
      return spoiled;
    default:
      for (let i = 1 + random(40); i > 0; i--) spoiled[anywhere()] = random(256);
      return spoiled;
  }
}

const VALUES: readonly (bigint | string | Buffer | null | number)[] = [
  0n, -1n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), 4096n, 255n,
  'text', '', '[1,2', '[-1]', '[9007199254740991]', Buffer.alloc(0), Buffer.alloc(15, 0xff),
  Buffer.alloc(4096, 0xff), null, 1.5, 1e300,
]; // prettier-ignore

/** Puts a value that does not belong there into some cells, STRICT or not. */
export function spoilValues(path: string, random: Random): string {
  const database = new Sqlite(path);
  database.unsafeMode(true);
  const names = database
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
    .pluck()
    .all();
  const schema = database
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL`,
    )
    .all();
  rewriteSchema(database, (sql) =>
    sql.replaceAll(/ STRICT,?/g, '').replaceAll(/ GENERATED ALWAYS AS \(.*\) VIRTUAL/g, ''),
  );
  database.close();
  const done: string[] = [];
  const loose = new Sqlite(path);
  loose.unsafeMode(true);
  for (let i = 1 + random(4); i > 0; i--) {
    const name = names[random(names.length)]!;
    const columns = loose
      .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
      .pluck()
      .all(name);
    const column = columns[random(columns.length)]!;
    const value = VALUES[random(VALUES.length)]!;
    const sql = `UPDATE OR IGNORE ${name} SET "${column}" = ? WHERE random() % 3 = 0`;
    try {
      loose.prepare(sql.replace('random() % 3 = 0', `rowid % 3 = ${random(3)}`)).run(value);
    } catch {
      try {
        loose.prepare(sql.replace(' WHERE random() % 3 = 0', '')).run(value); // no rowid
      } catch {
        continue; // A key that takes no such value.
      }
    }
    done.push(`${name}.${column} = ${String(value).slice(0, 30)}`);
  }
  const original = new Map(schema.map(({ name, sql }) => [name, sql]));
  rewriteSchema(loose, (_, name) => original.get(name)!);
  loose.close();
  return done.join(', ');
}

function rewriteSchema(database: Sqlite.Database, change: (sql: string, name: string) => string) {
  database.pragma('writable_schema = ON');
  const rows = database
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL`,
    )
    .all();
  const set = database.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?');
  for (const { name, sql } of rows) set.run(change(sql, name), name);
  database.pragma('writable_schema = OFF');
}

/** SQL that turns a sound trace into a trap, by name. */
export const TRAPS: Readonly<Record<string, string>> = {
  'page tables that lead to themselves': `
    INSERT INTO memory_write VALUES (0x1000, 8, -1, 0x1003), (0x2000, 8, 3, 0x1003)`,
  'rep of nearly 2^64': `
    UPDATE register_write SET value = -1 WHERE register = 2 AND step = -1;
    UPDATE register_write SET value = 0 WHERE register = 2 AND step >= 0`,
  'rep of terabytes, again and again': `
    UPDATE register_write SET value = 0x10000000000 WHERE register = 2 AND step % 8 = 7;
    UPDATE register_write SET value = 0x10000000000 WHERE register = 2 AND step = -1`,
  'a slot of all memory': 'UPDATE memory_slot SET size = 9007199254740991',
  'slots at the end of everything': 'UPDATE memory_slot SET gpa = 9007199254740991, size = 4096',
  'steps far away': 'UPDATE step SET id = id + 9007199254740000',
  'one step far away': 'INSERT INTO step VALUES (9007199254740990, 0)',
  'a step beyond 2^53': 'INSERT INTO step VALUES (9007199254740993, 0)',
  'instructions of high numbers': `
    UPDATE instruction SET id = id + 4611686018427387904; UPDATE step SET instruction = instruction + 4611686018427387904`,
  'a high instruction number': `
    UPDATE instruction SET id = 67000000 WHERE id = 3; UPDATE step SET instruction = 67000000 WHERE instruction = 3`,
  'instructions without bytes': `UPDATE instruction SET bytes = x''`,
  'instructions of a kilobyte': 'UPDATE instruction SET bytes = zeroblob(1000)',
  'no instruction at all': 'DELETE FROM instruction',
  'no registers': 'DELETE FROM register',
  'no register writes': 'DELETE FROM register_write',
  'a thousand registers': `
    WITH RECURSIVE n(i) AS (SELECT 5000 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
    INSERT INTO register SELECT i, 'x' || i, 64 FROM n`,
  'a memory row across pages': 'INSERT INTO memory_write VALUES (0x4ffc, 8, 5, -1)',
  'a symbol as large as everything': `INSERT INTO symbol VALUES (99, 0, 9007199254740991, 'function', 'all')`,
  'a symbol with a terminal escape': `INSERT INTO symbol VALUES (99, 0x4008, 56, 'function', char(27) || '[2J')`,
  'a count that lies': `UPDATE meta SET value = 4611686018427387904 WHERE key = 'steps'`,
  'a trigger': 'CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM step; END',
  'a view in place of a table': 'DROP TABLE assisted; CREATE VIEW assisted AS SELECT 1 AS step',
  'a view that never ends': `
    DROP VIEW dirty_page; CREATE VIEW dirty_page AS
    WITH RECURSIVE n(step) AS (SELECT 1 UNION ALL SELECT step FROM n) SELECT step, 1 AS page FROM n`,
  'a table with code in its default': `DROP TABLE assisted; CREATE TABLE assisted (step INTEGER PRIMARY KEY DEFAULT (randomblob(1000000000)))`,
  'a virtual table': 'CREATE VIRTUAL TABLE v USING fts5(x)',
  'an index on an expression': `CREATE INDEX e ON step(abs(instruction - 9223372036854775807))`,
};

/** Traps for the tables of kvmtrace index. */
export const DERIVED_TRAPS: Readonly<Record<string, string>> = {
  'a call in itself': 'UPDATE call SET parent = id',
  'calls in circles': 'UPDATE call SET parent = (id + 1) % 3',
  'calls without parents': 'UPDATE call SET parent = 4000000',
  'calls of every depth': 'UPDATE call SET depth = id * 1000000000',
  'calls of all steps': 'UPDATE call SET first_step = 0, last_step = 9007199254740991',
  'kinds of calls that are none': `UPDATE call SET kind = 'x'`,
  'runs that are no JSON': `UPDATE access_run SET accesses = '['`,
  'runs of runs': `UPDATE access_run SET accesses = '[[[1]]]'`,
  'runs of negative numbers': `UPDATE access_run SET accesses = '[-1]'`,
  'runs of everywhere': `UPDATE access_run SET unit = 9223372036854775807`,
  'runs of all steps': 'UPDATE access_run SET first_step = 0, last_step = 9007199254740991',
  'empty runs': `UPDATE access_run SET accesses = '[]'`,
  'marks of nowhere': 'UPDATE execution_mark SET step = 9007199254740991',
  'marks beyond': 'UPDATE execution_mark SET rank = 9007199254740991 - rank',
  'counts of other instructions':
    'UPDATE instruction_steps SET instruction = instruction + 1000000',
  'an index of another trace': `UPDATE meta SET value = 3 WHERE key = 'derived_steps'`,
  'a view of calls': 'DROP TABLE call; CREATE VIEW call AS SELECT 1 AS id',
};
