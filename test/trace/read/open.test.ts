import test from 'ava';
import Sqlite from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KvmtraceError } from '../../../src/base/errors.js';
import { openTrace } from '../../../src/trace/read/open.js';
import { temporaryPath, writeFixtureTrace, type Fixture } from '../../helpers/fixture-trace.js';
import { isOneSentence } from '../../helpers/sentence.js';

const FIXTURE: Fixture = {
  steps: [{ rip: 0x1000, registers: { rax: 1 } }, { rip: 0x1001 }],
  symbols: [{ address: 0x1000, size: 2, name: 'main' }],
};

/** A good trace that SQL has been run over. */
function altered(sql: string): string {
  return writeFixtureTrace({ ...FIXTURE, sql });
}

function bytesAltered(change: (bytes: Buffer) => Buffer): string {
  const path = writeFixtureTrace(FIXTURE);
  writeFileSync(path, change(readFileSync(path)));
  return path;
}

const BAD: readonly (readonly [name: string, make: () => string, expected: RegExp])[] = [
  ['missing', () => temporaryPath('none.db'), /^there is no trace .*none\.db/],
  ['below a file', () => join(altered(''), 'x'), /^there is no trace/],
  ['directory', () => dirname(temporaryPath()), /is a directory/],
  [
    'fifo',
    () => {
      const path = temporaryPath();
      execFileSync('mkfifo', [path]);
      return path;
    },
    /not a regular file/,
  ],
  ['empty', () => bytesAltered(() => Buffer.alloc(0)), /is empty/],
  ['text', () => bytesAltered(() => Buffer.from('hello\n')), /is not a trace/],
  ['zeros', () => bytesAltered(() => Buffer.alloc(8192)), /is not a trace/],
  ['header only', () => bytesAltered((b) => b.subarray(0, 100)), /is cut short, 100 bytes/],
  ['cut in a page', () => bytesAltered((b) => b.subarray(0, b.length - 7)), /cut short/],
  ['cut at a page', () => bytesAltered((b) => b.subarray(0, 8192)), /cut short, 8192 bytes/],
  ['other application', () => altered('PRAGMA application_id = 0'), /not a trace/],
  ['newer, header', () => altered('PRAGMA user_version = 7'), /of format 7, .* update kvmtrace/],
  [
    'newer, meta',
    () => altered(`UPDATE meta SET value = '99' WHERE key = 'format_version'`),
    /of format 99/,
  ],
  ['version 0', () => altered('PRAGMA user_version = 0'), /format version is 0/],
  ['no table', () => altered('DROP TABLE mmio'), /has no table mmio/],
  ['no meta', () => altered('DROP TABLE meta'), /has no table meta/],
  ['no view', () => altered('DROP VIEW dirty_page'), /has no view dirty_page/],
  [
    'no column',
    () => altered('DROP VIEW input; ALTER TABLE mmio RENAME COLUMN data TO datum'),
    /has a table mmio without the column data/,
  ],
  [
    'hostile view',
    () =>
      altered(
        'DROP VIEW dirty_page; CREATE VIEW dirty_page AS WITH RECURSIVE r(step, page) AS (SELECT 1, 1 UNION ALL SELECT step + 1, 1 FROM r) SELECT * FROM r',
      ),
    /view dirty_page that is not as kvmtrace makes it/,
  ],
  [
    'trigger',
    () => altered('CREATE TRIGGER t AFTER INSERT ON step BEGIN DELETE FROM step; END'),
    /has a trigger t/,
  ],
  ['virtual table', () => altered('CREATE VIRTUAL TABLE v USING fts5(x)'), /has a virtual table/],
  [
    'corrupt schema',
    () =>
      bytesAltered((b) =>
        Buffer.from(
          b.toString('latin1').replaceAll('CREATE TABLE mmio', 'CREATE TABLX mmio'),
          'latin1',
        ),
      ),
    /is damaged/,
  ],
  ['corrupt page', () => bytesAltered((b) => b.fill(0xff, 4096 * 3)), /is damaged/],
  ['corrupt first page', () => bytesAltered((b) => b.fill(0xff, 100, 4096)), /is damaged/],
];

for (const [name, make, expected] of BAD) {
  test(`refuses: ${name}`, (t) => {
    const path = make();
    const error = t.throws(
      () => {
        openTrace(path).close();
      },
      { instanceOf: KvmtraceError },
    );
    t.is(error.exitCode, 2);
    t.regex(error.message, expected);
    t.true(isOneSentence(error.message), error.message);
  });
}

test('opens a trace whatever its name', (t) => {
  for (const name of ['a b.db', ' t.db', 'file:t.db?mode=memory', '%41#?.db', ':memory:']) {
    const path = temporaryPath(name);
    copyFileSync(writeFixtureTrace(FIXTURE), path);
    using trace = openTrace(path);
    t.is(trace.stepCount, 2);
  }
});

test('opens a trace to which indexes, tables and views of the user have been added', (t) => {
  using trace = openTrace(
    altered('CREATE TABLE note(x); CREATE VIEW v AS SELECT 1; CREATE INDEX i ON step(instruction)'),
  );
  t.true(trace.tables().includes('note'));
});

test('nothing can be written through it', (t) => {
  const path = writeFixtureTrace(FIXTURE);
  const before = readFileSync(path);
  using trace = openTrace(path);
  t.throws(() => trace.query('DELETE FROM step'));
  t.deepEqual(readFileSync(path), before);
});

/** As kill -9 leaves it: the file and its journal in the middle of a transaction. */
function killed(): { path: string; committedSteps: number } {
  const source = writeFixtureTrace({ ...FIXTURE, incomplete: true });
  const database = new Sqlite(source);
  database.pragma('journal_mode = TRUNCATE');
  database.pragma('cache_size = 1');
  database.exec('BEGIN');
  const insert = database.prepare('INSERT INTO step VALUES (?, 0)');
  for (let step = 2; step < 20_000; step++) insert.run(step);
  const path = temporaryPath();
  copyFileSync(source, path);
  copyFileSync(`${source}-journal`, `${path}-journal`);
  database.close();
  return { path, committedSteps: 2 };
}

test('a trace whose recorder was killed opens at its last commit', (t) => {
  const { path, committedSteps } = killed();
  using trace = openTrace(path);
  t.is(trace.stepCount, committedSteps);
  t.is(trace.meta.get('complete'), 0n);
});

test('a killed trace that cannot be written says so', (t) => {
  if (process.getuid?.() === 0) {
    t.log('root may write everything: not tested');
    t.pass();
    return;
  }
  const { path } = killed();
  chmodSync(dirname(path), 0o555);
  t.throws(() => openTrace(path), { instanceOf: KvmtraceError, message: /needs write access/ });
});

test('a journal that names a super-journal is not obeyed', (t) => {
  const { path } = killed();
  const victim = join(dirname(path), 'victim');
  writeFileSync(victim, 'precious');
  const name = Buffer.from(victim);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(name.reduce((a, b) => a + b, 0));
  const magic = Buffer.from('d9d505f920a163d7', 'hex');
  const journal = readFileSync(`${path}-journal`);
  const tail = Buffer.concat([Buffer.alloc(4), name, length, sum, magic]);
  writeFileSync(`${path}-journal`, Buffer.concat([journal, tail]));
  // SQLite itself ignores a super-journal that is not there; this one is.
  const error = t.throws(() => openTrace(path), { instanceOf: KvmtraceError });
  t.regex(error.message, /journal beside it that no recorder wrote/);
  t.is(readFileSync(victim, 'utf8'), 'precious');
});

test('a locked trace says so', (t) => {
  const path = writeFixtureTrace(FIXTURE);
  const database = new Sqlite(path);
  database.pragma('locking_mode = EXCLUSIVE');
  database.exec('BEGIN EXCLUSIVE');
  t.throws(() => openTrace(path), { instanceOf: KvmtraceError, message: /is locked by another/ });
  database.close();
});

test('a damaged value becomes a sentence when it is read', (t) => {
  const path = writeFixtureTrace({
    ...FIXTURE,
    sql: `CREATE TABLE x(a); INSERT INTO meta VALUES ('odd', x'00')`,
  });
  const error = t.throws(() => openTrace(path), { instanceOf: KvmtraceError });
  t.regex(error.message, /is damaged: meta holds a blob of 1 bytes where text or a number belongs/);
});

test('damage behind the schema is told when it is met', (t) => {
  const path = writeFixtureTrace({
    steps: Array.from({ length: 5000 }, (_, i) => ({ rip: 0x1000 + i })),
  });
  const bytes = readFileSync(path);
  // Every page but those of the schema and meta.
  for (let at = 4096 * 4; at < bytes.length; at += 4096) bytes.fill(0xee, at, at + 64);
  writeFileSync(path, bytes);
  const error = t.throws(
    () => {
      using trace = openTrace(path);
      trace.instructions.steps(0, trace.stepCount);
    },
    { instanceOf: KvmtraceError },
  );
  t.regex(error.message, /is damaged: database disk image is malformed/);
});
