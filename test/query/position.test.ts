/** A position goes where a look at every step says, and turning round brings it back. */
import test from 'ava';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KvmtraceError } from '../../src/base/errors.js';
import { Position, Trace, unpackTrace, type Condition, type Direction } from '../../src/index.js';
import { packageRoot } from '../../src/base/package-root.js';
import type { StepRecord } from '../../src/query/step-records.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';
import { temporaryDirectory } from '../helpers/temporary.js';

// Interruptions are put in: the recordings that are kept have none.
const path = join(temporaryDirectory(), 'interrupted.db');
unpackTrace(fileURLToPath(new URL('traces/echo.trace', packageRoot)), path);
const database = new Sqlite(path);
database.exec(`INSERT INTO interruption (step, vector, kind, rip)
  VALUES (30, 32, 'interrupt', 0), (31, 14, 'fault', 0), (400, 32, 'interrupt', 0)`);
database.close();
const trace = Trace.open(path);
const { stepCount } = trace;
const records = [...trace.steps(0, stepCount)];
const stack = trace.state(0).register('rsp')! - 64n;

/** Whether a step does it, or, for a condition on states, whether it holds in front of the step. */
type Look = (record: StepRecord) => boolean;

const CONDITIONS: readonly {
  readonly condition: Condition;
  readonly ofSteps: boolean;
  readonly look: Look;
}[] = [
  ...[20, 90, 200].map((step) => {
    const { address } = records[step]!.instruction;
    return {
      condition: { kind: 'execute', place: address } as const,
      ofSteps: false,
      look: (each: StepRecord) => each.instruction.address === address,
    };
  }),
  {
    condition: { kind: 'register', name: 'zf' },
    ofSteps: true,
    look: (each) => {
      const change = each.registers.find(({ name }) => name === 'rflags');
      return change !== undefined && ((change.after ^ change.before!) & 0x40n) !== 0n;
    },
  },
  {
    condition: { kind: 'change', memory: { gva: stack, length: 64 } },
    ofSteps: true,
    look: (each) =>
      each.memory.some(({ gpa, before, after }) =>
        after.some((byte, i) => {
          const at = BigInt(gpa + i);
          return byte !== before[i] && at >= stack && at < stack + 64n;
        }),
      ),
  },
  {
    condition: { kind: 'access', memory: { gpa: Number(stack), length: 64 } },
    ofSteps: true,
    look: ({ step }) =>
      trace.accesses({ gpa: Number(stack), length: 64 }, step, step + 1).length > 0,
  },
  {
    condition: { kind: 'interruption' },
    ofSteps: false,
    look: (each) => each.interruptions.length > 0,
  },
  {
    condition: { kind: 'interruption', vector: 14 },
    ofSteps: false,
    look: (each) => each.interruptions.some(({ vector }) => vector === 14),
  },
  { condition: { kind: 'step', step: 100 }, ofSteps: false, look: ({ step }) => step === 100 },
];

/** The states that a condition stops at, in a direction, by a look at every step. */
const met = CONDITIONS.map(({ ofSteps, look }) => {
  const steps = records.filter(look).map(({ step }) => step);
  return { forward: steps.map((step) => step + (ofSteps ? 1 : 0)), backward: steps };
});

function nearest(direction: Direction, from: number, chosen: readonly number[]): number {
  const states = chosen.flatMap((i) => met[i]![direction]);
  return direction === 'forward'
    ? Math.min(stepCount, ...states.filter((state) => state > from))
    : Math.max(0, ...states.filter((state) => state < from));
}

const anyState = fc.nat({ max: stepCount });
const someConditions = fc.uniqueArray(fc.nat({ max: CONDITIONS.length - 1 }), { maxLength: 4 });
const anyDirection = fc.constantFrom<Direction>('forward', 'backward');
const conditionsOf = (chosen: readonly number[]): Condition[] =>
  chosen.map((i) => CONDITIONS[i]!.condition);

test('every condition is met somewhere', (t) => {
  for (const [i, { forward }] of met.entries()) t.true(forward.length > 0, `condition ${i}`);
});

test('a run stops where a look at every step says, and names what is met there', (t) => {
  const position = new Position(trace);
  fc.assert(
    fc.property(anyState, someConditions, anyDirection, (from, chosen, direction) => {
      position.seek(from);
      const stop = position.run(direction, conditionsOf(chosen));
      const expected = nearest(direction, from, chosen);
      t.is(stop.step, expected);
      t.is(position.step, expected);
      const hits = chosen.filter((i) => expected !== from && met[i]![direction].includes(expected));
      t.deepEqual(
        stop.hits.map(({ condition }) => condition),
        conditionsOf(hits),
      );
      const end = direction === 'forward' ? 'end' : 'beginning';
      t.is(stop.reason, hits.length > 0 ? 'condition' : end);
    }),
    { numRuns: 500 },
  );
});

test('turning round brings a run back to what it stopped at', (t) => {
  const position = new Position(trace);
  fc.assert(
    fc.property(anyState, someConditions, anyDirection, (from, chosen, direction) => {
      position.seek(from);
      const conditions = conditionsOf(chosen);
      const back = direction === 'forward' ? 'backward' : 'forward';
      const first = position.run(direction, conditions);
      if (first.reason !== 'condition') return;
      const ofSteps = (condition: Condition): boolean =>
        CONDITIONS.find((each) => each.condition === condition)!.ofSteps;
      const turned = position.run(back, conditions);
      // A step is gone over again, from one side to the other.
      if (first.hits.some(({ condition }) => ofSteps(condition))) {
        t.is(turned.step, first.step + (direction === 'forward' ? -1 : 1));
      } else if (conditions.some(ofSteps) || turned.reason !== 'condition') {
        return;
      }
      t.is(position.run(direction, conditions).step, first.step);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(anyState, fc.nat({ max: 400 }), (from, count) => {
      position.seek(from);
      const { reason, step } = position.move('forward', count);
      t.is(step, Math.min(stepCount, from + count));
      t.is(reason, from + count > stepCount ? 'end' : 'moved');
      t.is(position.move('backward', step - from).step, from);
    }),
  );
});

test('a walk ends where its predicate says, unless a condition is met before', (t) => {
  const position = new Position(trace);
  fc.assert(
    fc.property(anyState, anyState, someConditions, anyDirection, (from, to, chosen, direction) => {
      position.seek(from);
      const stop = position.walk(direction, ({ step }) => step === to, conditionsOf(chosen));
      const isAhead = to < stepCount && (direction === 'forward' ? to > from : to < from);
      const run = nearest(direction, from, chosen);
      const isFirst = direction === 'forward' ? to <= run : to >= run;
      t.is(stop.step, isAhead && isFirst ? to : run);
    }),
    { numRuns: 300 },
  );
});

test('a write is undone in reverse, and done again forwards', (t) => {
  using written = Trace.open(
    writeFixtureTrace({
      steps: [
        { rip: 0x1000 },
        { rip: 0x1001, memory: [{ gpa: 0x2000, size: 1, value: 7 }] },
        { rip: 0x1002 },
      ],
    }),
  );
  const position = new Position(written, 3);
  const conditions: Condition[] = [{ kind: 'change', memory: { gpa: 0x2000, length: 1 } }];
  const value = (): number => position.state.readPhysical(0x2000, 1).bytes[0]!;
  t.deepEqual(position.run('backward', conditions), {
    reason: 'condition',
    step: 1,
    hits: [{ condition: conditions[0]!, step: 1 }],
  });
  t.is(value(), 0);
  t.is(position.run('forward', conditions).step, 2);
  t.is(value(), 7);
  t.is(position.run('forward', conditions).reason, 'end');
  t.true(position.atEnd);
  t.is(position.run('forward', []).reason, 'end');
  t.is(position.run('backward', []).reason, 'beginning');
  t.true(position.atBeginning);
});

test('a search that is ended leaves the position where it was', (t) => {
  const position = new Position(trace, 50);
  trace.onWork = () => {
    throw new Error('enough');
  };
  t.teardown(() => (trace.onWork = undefined));
  const memory = { gva: stack, length: 8 };
  t.throws(() => position.run('forward', [{ kind: 'change', memory }]), { message: 'enough' });
  t.is(position.step, 50);
});

test('states and names that do not exist are refused', (t) => {
  const position = new Position(trace, 7);
  const isRefused = (action: () => unknown): void => {
    t.throws(action, { instanceOf: KvmtraceError });
    t.is(position.step, 7);
  };
  isRefused(() => {
    position.seek(stepCount + 1);
  });
  isRefused(() => position.run('forward', [{ kind: 'register', name: 'nonsense' }]));
  isRefused(() => position.run('forward', [{ kind: 'execute', place: 'no such symbol' }]));
  isRefused(() => position.run('forward', [{ kind: 'step', step: -1 }]));
});
