/** Random questions to recordings of real guests: every link has to be true of the recording. */
import test from 'ava';
import fc from 'fast-check';
import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { indexTrace } from '../../../src/derive/index-trace.js';
import { KvmtraceError } from '../../../src/base/errors.js';
import { packageRoot } from '../../../src/base/package-root.js';
import { Trace } from '../../../src/query/trace.js';
import type { WhyTarget } from '../../../src/query/why/target.js';
import type { WhyNode } from '../../../src/query/why/why.js';
import { recordBuilt } from '../../helpers/built-guest.js';
import { recordTrace } from '../../helpers/guest.js';
import { kvmAvailable, kvmTest } from '../../helpers/kvm.js';
import { STRESS_LONG } from '../../helpers/stress-guests.js';
import { nothingSeen, problemsOf } from '../../helpers/why-check.js';

const SEED = 20_261_126;
const RUNS = 250;
const LIMITS = { depth: 5, links: 25 };

const sample = fileURLToPath(new URL('guests/sample/sample.elf', packageRoot));
const traces: { plain: string; indexed: string }[] = [];

test.before(async () => {
  if (!kvmAvailable) return;
  const recorded = [
    await recordBuilt(sample, '', 9000),
    await recordTrace(STRESS_LONG, { maxSteps: 3000 }),
  ];
  for (const plain of recorded) {
    const indexed = `${plain}.indexed`;
    copyFileSync(plain, indexed);
    indexTrace(indexed);
    traces.push({ plain, indexed });
  }
});

const REGISTERS = [
  ...['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rsp', 'rbp', 'r8', 'r12', 'r13', 'r14'],
  ...['eax', 'al', 'ah', 'cx', 'dil', 'r9d', 'zf', 'cf', 'sf', 'of', 'pf', 'rflags', 'cr3', 'efer'],
];

/** A place in state `n`: a register or flag, or some bytes near what a pointer points at. */
type Question = { at: number; addresses: boolean } & (
  { name: string } | { pointer: string; offset: number; length: number }
);

/** Millionths of the trace. */
const moment = fc.noBias(fc.integer({ min: 0, max: 1_000_000 }));

const question: fc.Arbitrary<Question> = fc.oneof(
  fc.record({
    at: moment,
    addresses: fc.boolean(),
    name: fc.constantFrom(...REGISTERS),
  }),
  fc.record({
    at: moment,
    addresses: fc.boolean(),
    pointer: fc.constantFrom('rsp', 'rdi', 'rsi', 'rbx', 'rbp'),
    offset: fc.integer({ min: -24, max: 40 }),
    length: fc.integer({ min: 1, max: 16 }),
  }),
);

/** The tree; undefined where there is no such memory. */
function ask(trace: Trace, asked: Question): WhyNode | undefined {
  const n = Math.round((asked.at / 1_000_000) * trace.stepCount);
  const { addresses } = asked;
  try {
    return trace.why(n, targetOf(trace, n, asked), { ...LIMITS, addresses });
  } catch (error) {
    if (error instanceof KvmtraceError && 'pointer' in asked) return undefined;
    throw error;
  }
}

function targetOf(trace: Trace, n: number, asked: Question): WhyTarget {
  if ('name' in asked) return asked.name;
  const gva = trace.state(n).register(asked.pointer)! + BigInt(asked.offset);
  return { gva: BigInt.asUintN(64, gva), length: asked.length };
}

kvmTest('each link of every tree is true of the recording', (t) => {
  const seen = nothingSeen();
  let answered = 0;
  for (const { indexed } of traces) {
    using trace = Trace.open(indexed);
    fc.assert(
      fc.property(question, (asked) => {
        const root = ask(trace, asked);
        if (root === undefined) return;
        answered++;
        const problems = problemsOf(trace, root, seen);
        if (problems.length > 0) throw new Error(problems.slice(0, 5).join('\n'));
      }),
      { seed: SEED, numRuns: RUNS, includeErrorInReport: true },
    );
  }
  t.true(answered > 300, `${answered} questions have an answer`);
  // Each kind of link was there to be checked.
  for (const kind of ['computed', 'constant', 'input', 'initial', 'delivery'] as const) {
    t.true(seen[kind] > 10, `${seen[kind]} ${kind}`);
  }
  t.true(seen.copy > 1000 && seen.memory > 500 && seen.sum > 200, JSON.stringify(seen));
});

kvmTest('the same answers with an index and without', (t) => {
  for (const { plain, indexed } of traces) {
    using without = Trace.open(plain);
    using with_ = Trace.open(indexed);
    t.deepEqual([without.hasIndex, with_.hasIndex], [false, true]);
    fc.assert(
      fc.property(question, (asked) => {
        const [a, b] = [without, with_].map((trace) => inFull(ask(trace, asked)));
        if (a !== b) throw new Error(`${a}\n${b}`);
      }),
      { seed: SEED + 1, numRuns: RUNS, includeErrorInReport: true },
    );
  }
});

function inFull(root: WhyNode | undefined): string {
  const plain = (_: string, value: unknown): unknown =>
    typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
  return root === undefined ? 'no such memory' : JSON.stringify(root, plain);
}
