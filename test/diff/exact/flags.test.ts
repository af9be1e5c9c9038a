/** Differences that the manual allows, and what they may not do. Traces made by hand. */
import test from 'ava';
import { diffTraces, type DiffOptions, type DiffResult } from '../../../src/diff/diff.js';
import { parseIgnoreRules } from '../../../src/diff/ignore.js';
import { Side } from '../../../src/diff/side.js';
import { writeFixtureTrace, type Fixture, type FixtureStep } from '../../helpers/fixture-trace.js';

function compare(a: Fixture, b: Fixture, options: DiffOptions = {}): DiffResult {
  using sideA = new Side(writeFixtureTrace(a));
  using sideB = new Side(writeFixtureTrace(b));
  return diffTraces({ a: sideA, b: sideB }, options);
}

const STRICT = parseIgnoreRules({ undefinedFlags: false });
const ZF = 0x40;
const CF = 1;

/** imul rax, rbx: ZF is undefined after it, CF is not. */
function multiply(rflags: number, ...more: FixtureStep[]): Fixture {
  const imul = { rip: 0x1000, bytes: '480fafc3', text: 'imul rax, rbx', registers: { rflags } };
  return { steps: [imul, ...more] };
}

test('undefined flags differ between processors, and that is no difference', (t) => {
  const { same, exact } = compare(multiply(2), multiply(2 | ZF));
  t.true(same);
  t.is(exact!.ignored[0]!.kind, 'undefined-flags');
  t.false(compare(multiply(2), multiply(2 | ZF), { rules: STRICT }).same);
});

test('a flag that the instruction defines is a difference', (t) => {
  const { exact } = compare(multiply(2), multiply(2 | CF));
  t.deepEqual(exact!.groups[0]!.first.differences, [
    { kind: 'register', name: 'rflags', a: 2n, b: 3n },
  ]);
  t.is(exact!.groups[0]!.cause.kind, 'unexplained');
});

test('what stores undefined flags stores no difference', (t) => {
  const push = (value: number): FixtureStep => ({
    ...{ rip: 0x1004, bytes: '9c', text: 'pushfq', registers: { rsp: 0x7ff8 } },
    memory: [{ gpa: 0x7ff8, size: 8, value }],
  });
  const initial = { rsp: 0x8000 };
  const a = { ...multiply(2, push(2)), initial };
  const b = { ...multiply(2 | ZF, push(2 | ZF)), initial };
  t.true(compare(a, b).same);
  const strict = compare(a, b, { rules: STRICT, all: true }).exact!.groups;
  t.is(strict.length, 1, 'what follows belongs to its cause');
  t.is(strict[0]!.steps, 2);
});

test('a branch by an undefined flag is a difference', (t) => {
  const je = { rip: 0x1004, bytes: '7402', text: 'je short 0x1008' };
  const a = multiply(2, je, { rip: 0x1006, bytes: '90' });
  const b = multiply(2 | ZF, je, { rip: 0x1008, bytes: '90' });
  const [group] = compare(a, b).exact!.groups;
  t.is(group!.cause.kind, 'undefined-flags');
  t.is(group!.first.stepA, 1);
  t.is(group!.first.differences[0]!.kind, 'control');
});

test('an initial register is the cause of what is computed from it', (t) => {
  const steps = (rax: number): FixtureStep[] => [
    { rip: 0x1000, bytes: '90' },
    { rip: 0x1001, bytes: '4889d8', text: 'mov rax, rbx', registers: { rax } },
  ];
  const a = { steps: steps(5), initial: { rbx: 5 } };
  const b = { steps: steps(6), initial: { rbx: 6 } };
  const { exact } = compare(a, b);
  t.like(exact!.initial[0], { kind: 'register', name: 'rbx', a: '0x5', b: '0x6' });
  t.is(exact!.groups[0]!.first.stepA, 1);
  t.like(exact!.groups[0]!.cause, { kind: 'initial-register', what: 'rbx' });
});

test('an ignored place hides itself, not what comes from it', (t) => {
  const steps = (value: number): FixtureStep[] => [
    {
      ...{ rip: 0x1000, bytes: '48c7060500', text: 'mov [rsi], …' },
      memory: [{ gpa: 0x2000, size: 1, value }],
    },
    { rip: 0x1008, bytes: '90' },
  ];
  const load = (rax: number): FixtureStep => ({
    ...{ rip: 0x1009, bytes: '8a06', text: 'mov al, [rsi]', registers: { rax } },
  });
  const initial = { rsi: 0x2000 };
  const rules = parseIgnoreRules({ memory: ['0x2000:1'] });
  const hidden = compare({ steps: steps(1), initial }, { steps: steps(2), initial }, { rules });
  t.true(hidden.same);
  const shown = compare(
    { steps: [...steps(1), load(1)], initial },
    { steps: [...steps(2), load(2)], initial },
    { rules },
  );
  t.is(shown.exact!.groups[0]!.first.stepA, 2);
  t.is(shown.exact!.groups[0]!.cause.kind, 'ignored-memory');
});
