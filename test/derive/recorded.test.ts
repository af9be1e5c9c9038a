/** What is derived from a recording, held against what the recording itself says. */
import test from 'ava';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { indexTrace } from '../../src/derive/index-trace.js';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { openTrace } from '../../src/trace/read/open.js';
import { kvmAvailable, kvmTest } from '../helpers/kvm.js';
import { checkCalls } from './call-rows.js';

const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-test-'));
const recorded = join(directory, 'recorded.db');
const path = join(directory, 'indexed.db');

test.before(() => {
  if (!kvmAvailable) return;
  const cli = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
  const guest = fileURLToPath(new URL('guests/sample/sample.elf', packageRoot));
  const args = [cli, 'record', guest, '-o', recorded, '--max-steps', '9000'];
  execFileSync(process.execPath, args, { stdio: 'ignore' });
  copyFileSync(recorded, path);
  indexTrace(path);
});

test.after.always(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Access {
  readonly step: bigint;
  readonly gpa: bigint;
  readonly size: bigint;
  readonly reads: bigint;
  readonly writes: bigint;
  readonly silent: bigint;
}

function query(trace: Trace, sql: string): Record<string, bigint>[] {
  const { columns, rows } = trace.query(sql);
  return [...rows].map((row) =>
    Object.fromEntries(columns.map((column, i) => [column, row[i] as bigint])),
  );
}

kvmTest(
  'every change of memory is an access of its step, and silent writes change nothing',
  (t) => {
    using trace = Trace.open(path);
    const accesses = query(trace, 'SELECT * FROM memory_access') as unknown as Access[];
    t.true(accesses.length > 100);
    const byStep = new Map<bigint, Access[]>();
    for (const each of accesses) byStep.set(each.step, [...(byStep.get(each.step) ?? []), each]);
    for (const { step, gpa, size } of query(trace, 'SELECT * FROM memory_write')) {
      const covers = byStep
        .get(step!)
        ?.some((a) => a.writes === 1n && a.gpa < gpa! + size! && a.gpa + a.size > gpa!);
      t.true(covers, `step ${step!}`);
    }
    for (const { step, gpa, size } of accesses.filter(({ silent }) => silent === 1n)) {
      const read = (n: bigint): Uint8Array =>
        trace.state(Number(n)).readPhysical(Number(gpa), Number(size)).bytes;
      t.deepEqual(read(step), read(step + 1n), `step ${step}`);
    }
  },
);

kvmTest('what a load reads is what the memory at its address holds', (t) => {
  using trace = Trace.open(path);
  let loads = 0;
  for (const { step, instruction, registers } of trace.steps(0, trace.stepCount)) {
    const register = /^mov (r[a-z0-9]+), (?:qword ptr )?\[/.exec(instruction.text)?.[1];
    const change = registers.find(({ name }) => name === register);
    if (change === undefined) continue;
    const access = query(
      trace,
      `SELECT gpa, size FROM memory_access WHERE step = ${step} AND reads = 1`,
    );
    t.is(access.length, 1, instruction.text);
    const { bytes } = trace.state(step).readPhysical(Number(access[0]!['gpa']), 8);
    t.is(Buffer.from(bytes).readBigUInt64LE(), change.after, instruction.text);
    if (++loads === 50) break;
  }
  t.true(loads > 0);
});

kvmTest('calls cover the trace once, inside of each other', (t) => {
  using trace = Trace.open(path);
  checkCalls(t, trace);
});

kvmTest('executions: all, from a step on, and the nth', (t) => {
  using trace = Trace.open(path);
  const { instruction, steps: count } = trace.hotInstructions(1)[0]!;
  const expected = [...trace.steps(0, trace.stepCount)]
    .filter((each) => each.instruction.address === instruction.address)
    .map(({ step }) => step);
  t.deepEqual([...trace.executions(instruction.address)], expected);
  t.deepEqual([...trace.executions(instruction.address, expected[1]! + 1)], expected.slice(2));
  for (const n of [1, 2, count >> 1, count]) {
    t.is(trace.nthExecution(instruction.address, n), expected[n - 1]);
  }
  t.is(trace.nthExecution(instruction.address, count + 1), undefined);
  t.throws(() => trace.nthExecution(instruction.address, 0), { message: /counted from 1/ });
  t.throws(() => trace.executions('no_such_symbol'), { message: /has no symbol no_such_symbol/ });
});

kvmTest('the index in the file says what is derived on the fly', (t) => {
  using indexed = Trace.open(path);
  using plain = Trace.open(recorded);
  t.true(indexed.hasIndex);
  const middle = indexed.stepCount >> 1;
  t.deepEqual(plain.callTree(), indexed.callTree());
  t.deepEqual(plain.hotFunctions(), indexed.hotFunctions());
  t.deepEqual(plain.callStack(middle), indexed.callStack(middle));
  const { gpa } = query(indexed, 'SELECT gpa FROM memory_access LIMIT 1')[0]!;
  const range = { gpa: Number(gpa), length: 8 };
  const all = indexed.accesses(range);
  t.deepEqual(plain.accesses(range), all);
  t.deepEqual(indexed.lastAccess(range, indexed.stepCount), all.at(-1));
  t.deepEqual(indexed.nextAccess(range, 0), all[0]);
  const half = all[all.length >> 1]!;
  t.is(indexed.lastAccess(range, half.step + 1)?.step, half.step);
  t.is(indexed.nextAccess(range, half.step)?.step, half.step);
});

kvmTest('indexing again leaves the same', (t) => {
  const again = join(directory, 'again.db');
  copyFileSync(path, again);
  const { before, after } = indexTrace(again);
  t.true(after <= before);
  using file = openTrace(again);
  t.true(file.derived.inFile);
});
