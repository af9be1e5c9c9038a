/** Traces of early versions, whose stored disassembly lacks the high half of some numbers. */
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { fileURLToPath } from 'node:url';
import { diffTraces } from '../../../src/diff/diff.js';
import { packageRoot } from '../../../src/base/package-root.js';
import { recordGuest } from '../../../src/recorder/record.js';
import { queryTrace } from '../../../src/query/sql.js';
import { Trace } from '../../../src/query/trace.js';
import { openTrace } from '../../../src/trace/read/open.js';
import { kvmtrace } from '../../helpers/cli.js';
import { withPair } from '../../helpers/diff-pair.js';
import { temporaryPath, writeFixtureTrace } from '../../helpers/fixture-trace.js';
import { kvmTest } from '../../helpers/kvm.js';

function pathOf(name: string): string {
  return fileURLToPath(new URL(`test/cases/imm64-text/${name}`, packageRoot));
}

function query(path: string, sql: string): unknown[] {
  using file = openTrace(path);
  return [...queryTrace(file, sql).rows].map((row) => [...row]);
}

test('an early trace reads right by SQL, in the table and in the view', (t) => {
  const where = "WHERE hex(bytes) = '48B80000000001000000'";
  const right = [['mov rax, 0x100000000']];
  t.deepEqual(query(pathOf('A.trace'), `SELECT text FROM instruction ${where}`), right);
  t.deepEqual(query(pathOf('A.trace'), `SELECT text FROM steps ${where}`), right);
  t.deepEqual(query(pathOf('A.trace'), 'SELECT count(*) FROM instruction'), [[15n]]);
  t.deepEqual(
    query(pathOf('A.trace'), "SELECT text FROM instruction WHERE text LIKE 'mov al%'"),
    [['mov al, 0']],
    'what was right',
  );
  const stored = `SELECT text FROM main.instruction ${where}`;
  t.deepEqual(query(pathOf('A.trace'), stored), [['mov rax, 0']], 'what the file has');
});

test('an early trace reads right step by step', (t) => {
  using trace = Trace.open(pathOf('A.trace'));
  const [step] = [...trace.steps(2, 3)];
  t.is(step!.instruction.text, 'mov rax, 0x100000000');
});

test('only a text that lacks the half is made again, whatever else a trace says', (t) => {
  const bytes = '48b80500000001000000';
  const steps = ['mov rax, 5', 'mov rax, 6', 'mov rax, 0x100000005'].map((text, i) => ({
    ...{ rip: 0x1000 + 16 * i, bytes, text },
  }));
  const path = writeFixtureTrace({
    steps: [...steps, { rip: 0xfffffffe, bytes: '7500', text: 'jne short 0' }],
  });
  t.deepEqual(query(path, 'SELECT text FROM instruction ORDER BY id'), [
    ['mov rax, 0x100000005'],
    ['mov rax, 6'],
    ['mov rax, 0x100000005'],
    ['jne short 0x100000000'],
  ]);
});

test('builds that differ in the high half of a number: the function has changed', (t) => {
  withPair(pathOf('A.trace'), pathOf('B.trace'), (pair) => {
    const { aligned } = diffTraces(pair, {});
    t.deepEqual(
      aligned!.functions.map(({ name, codeChanged }) => [name, codeChanged]),
      [['work', true]],
    );
    t.deepEqual(aligned!.functions[0]!.changes, [
      { a: 'mov rax, 0x100000000', b: 'mov rax, 0x300000000' },
    ]);
    t.is(aligned!.outputs.differences.length, 1);
  });
});

test('the report says which number it was', (t) => {
  const { stdout, code } = kvmtrace(['diff', pathOf('A.trace'), pathOf('B.trace')]);
  t.is(code, 1);
  t.regex(
    stdout,
    /^different: work has other code, first run at step 2; other output, .* 1 function changed$/m,
  );
  t.regex(stdout, /^ {2}work: mov rax, 0x100000000 -> mov rax, 0x300000000$/m);
});

kvmTest('a new recording stores all of the number, for any SQLite to read', async (t) => {
  const output = temporaryPath();
  await recordGuest({
    ...{ guest: pathOf('A.elf'), output, format: 'elf', force: true, dirty: 'auto', fpu: false },
    onOutput: () => undefined,
  });
  const database = new Sqlite(output, { readonly: true });
  t.is(
    database.prepare('SELECT text FROM instruction WHERE rip = 0x10001a').pluck().get(),
    'mov rax, 0x100000000',
  );
  database.close();
});
