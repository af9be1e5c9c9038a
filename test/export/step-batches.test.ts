/** The public iterator over steps: the same as the tables say, whatever the range. */
import test from 'ava';
import { callEdges } from '../../src/query/calls.js';
import { Trace } from '../../src/query/trace.js';
import type { StepBatch } from '../../src/trace/read/step-batches.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { TRACES } from './traces.js';

type Row = readonly unknown[];

/** The rows that batches hold, as SQL gives them. */
function rowsOf(batches: Iterable<StepBatch>): Record<'step' | 'register' | 'memory', Row[]> {
  const rows: Record<'step' | 'register' | 'memory', Row[]> = {
    step: [],
    register: [],
    memory: [],
  };
  for (const { first, count, instruction, registers, memory } of batches) {
    for (let i = 0; i < count; i++) {
      const step = first + i;
      rows.step.push([step, instruction[i]]);
      for (let row = registers.start[i]!; row < registers.start[i + 1]!; row++) {
        rows.register.push([step, registers.register[row], registers.value[row]]);
      }
      for (let row = memory.start[i]!; row < memory.start[i + 1]!; row++) {
        rows.memory.push([step, memory.gpa[row], memory.size[row], memory.value[row]]);
      }
    }
  }
  return rows;
}

/** Numbers but for the last column of what has values, which is unsigned. */
function sqlRows(trace: Trace, sql: string, valueColumn: number): Row[] {
  return [...trace.query(sql).rows].map((row) =>
    row.map((value, i) =>
      i === valueColumn ? BigInt.asUintN(64, value as bigint) : Number(value),
    ),
  );
}

for (const [name, path] of Object.entries(TRACES)) {
  test(`batches hold what the tables of ${name} do`, (t) => {
    using trace = Trace.open(path);
    const { stepCount } = trace;
    for (const [from, to] of [
      [0, stepCount],
      [3, Math.min(stepCount, 11)],
      [stepCount - 1, stepCount],
    ] as const) {
      const batches = [...trace.stepBatches(from, to)];
      const rows = rowsOf(batches);
      const where = `WHERE step >= ${from} AND step < ${to}`;
      t.deepEqual(
        rows.step,
        sqlRows(trace, `SELECT id, instruction FROM step WHERE id >= ${from} AND id < ${to}`, -1),
      );
      t.deepEqual(
        rows.register,
        sqlRows(
          trace,
          `SELECT step, register, value FROM register_write ${where} ORDER BY step, register`,
          2,
        ),
      );
      t.deepEqual(
        rows.memory,
        sqlRows(
          trace,
          `SELECT step, gpa, size, value FROM memory_write ${where} ORDER BY step, gpa, size`,
          3,
        ),
      );
      const count = (table: string, last = to): number =>
        Number(
          [
            ...trace.query(`SELECT count(*) FROM ${table} WHERE step >= ${from} AND step < ${last}`)
              .rows,
          ][0]![0],
        );
      const events = (key: 'ports' | 'mmio' | 'interruptions' | 'inputs'): number =>
        batches.reduce((sum, batch) => sum + batch[key].length, 0);
      t.is(events('ports'), count('port_io'));
      t.is(events('mmio'), count('mmio'));
      t.is(events('inputs'), count('input_value'));
      t.is(events('interruptions'), count('interruption', to === stepCount ? to + 1 : to));
    }
  });
}

test('a batch ends, and the next begins, without a step lost', (t) => {
  const steps = Array.from({ length: 20_000 }, (_, i) => ({
    rip: 0x1000 + (i % 7),
    registers: { rax: BigInt(i) << 40n },
  }));
  using trace = Trace.open(writeFixtureTrace({ steps }));
  const batches = [...trace.stepBatches()];
  t.true(batches.length > 1);
  t.deepEqual(
    batches.map(({ first }) => first),
    batches.map((_, i) => batches.slice(0, i).reduce((sum, { count }) => sum + count, 0)),
  );
  const values = batches.flatMap(({ registers }) => [...registers.value]);
  t.deepEqual(
    values,
    steps.map(({ registers }) => registers.rax),
  );
});

test('nothing is read of an empty range, and steps beyond the end are none', (t) => {
  using trace = Trace.open(TRACES['hello']!);
  t.deepEqual([...trace.stepBatches(7, 7)], []);
  t.deepEqual([...trace.stepBatches(trace.stepCount, trace.stepCount + 9)], []);
  t.is([...trace.stepBatches(trace.stepCount - 2, 2 ** 40)][0]?.count, 2);
  t.throws(() => trace.stepBatches(-1), { message: /from is -1: steps are non-negative/ });
});

test('a register that no trace has is damage, told as such', (t) => {
  const path = writeFixtureTrace({
    steps: [{ rip: 0x1000 }],
    sql: 'INSERT INTO register_write VALUES (70000, 0, 1)',
  });
  using trace = Trace.open(path);
  t.throws(() => [...trace.stepBatches()], { message: /damaged.*register 70000/ });
});

test('calls of a range: those under way come first, each after its caller', (t) => {
  using trace = Trace.open(TRACES['hello']!);
  const all = [...trace.calls()];
  t.true(all.length > 100);
  for (const [from, to] of [
    [0, 1865],
    [300, 700],
    [1864, 1865],
  ] as const) {
    const wanted = all.filter(({ firstStep, lastStep }) => firstStep < to && lastStep >= from);
    const found = [...trace.calls(from, to)];
    t.deepEqual(
      found.map(({ id }) => id),
      wanted.map(({ id }) => id),
    );
  }
});

test('calls begin and end inside of each other, and cover the range', (t) => {
  using trace = Trace.open(TRACES['shop']!);
  const [from, to] = [200, 1200];
  const open: number[] = [];
  let time = from;
  let covered = 0;
  for (const { kind, call, start, end } of callEdges(trace.calls(from, to), from, to)) {
    const at = kind === 'enter' ? start : end;
    t.true(at >= time && at <= to);
    if (open.length > 0) covered += at - time;
    time = at;
    if (kind === 'enter') open.push(call.id);
    else t.is(open.pop(), call.id);
  }
  t.deepEqual(open, []);
  t.is(covered, to - from);
});
