/** The last or next step that did something: to a register, to memory, at a place. */
import type { Jsonable } from '../../base/json.js';
import { searchOf, type Condition, type MemoryRange } from '../../query/condition.js';
import type { Trace } from '../../query/trace.js';
import type { Arguments } from '../arguments.js';
import type { Question } from '../question.js';
import { rowsOf } from './steps.js';

const DIRECTIONS = ['forward', 'backward'] as const;
const MOST_WATCHED = 4096;
/** 52 bits, the most that x86 has. */
const MAX_GPA = 2 ** 52 - 1;

/** Changes of registers and memory: found by the trace's own indexes. */
const CHANGES = ['register', 'change'] as const;
/** What the derived tables, or a search through the steps, are needed for. */
const OTHERS = ['write', 'read', 'access', 'execute', 'interruption'] as const;

/** Forward: the first such step after step `at`; backward: the last before it. */
export const find: Question = {
  lane: 'now',
  answer: (args, trace) => answer(args, trace, conditionOf(args, args.oneOf('kind', CHANGES))),
};

/** The same for accesses, executions and interruptions. */
export const findDeep: Question = {
  lane: 'deep',
  answer: (args, trace) => answer(args, trace, conditionOf(args, args.oneOf('kind', OTHERS))),
};

function answer(args: Arguments, trace: Trace, condition: Condition): Jsonable {
  const at = args.integer('at', 0, trace.stepCount);
  const { search } = searchOf(trace, condition);
  const forward = args.oneOf('direction', DIRECTIONS) === 'forward';
  const found = forward ? search.next(at + 1) : search.last(at);
  if (found === undefined) return { step: null, row: null };
  return { step: found, row: rowsOf(trace, found, 1)[0] ?? null };
}

function conditionOf(
  args: Arguments,
  kind: (typeof CHANGES)[number] | (typeof OTHERS)[number],
): Condition {
  switch (kind) {
    case 'register':
      return { kind, name: args.text('name', 40) };
    case 'execute':
      return { kind, place: args.address('address') };
    case 'interruption':
      return { kind };
    case 'change':
    case 'write':
    case 'read':
    case 'access':
      return { kind, memory: rangeOf(args) };
  }
}

function rangeOf(args: Arguments): MemoryRange {
  const length = args.integer('length', 1, MOST_WATCHED);
  return args.has('gpa')
    ? { gpa: args.integer('gpa', 0, MAX_GPA), length }
    : { gva: args.address('address'), length };
}
