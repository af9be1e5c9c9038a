/** Rows of the listing. */
import type { Jsonable } from '../../base/json.js';
import { describeChanges, describeInterruption } from '../../views/change-text.js';
import { stepJson } from '../../views/step.js';
import type { StepRecord } from '../../query/step-records.js';
import type { Trace } from '../../query/trace.js';
import type { Question } from '../question.js';

/** More than a screen has. */
const MOST_STEPS = 400;
/** Of a step: REP MOVSB of a megabyte is one. */
const MOST_BYTES = 64;
/** Characters of a text from the trace: names of C++ are long, those of a broken file longer. */
const MOST_CHARACTERS = 300;

/** Steps `from` on: documents of `kvmtrace steps`, with what changed in words. */
export const steps: Question = {
  lane: 'now',
  answer(args, trace) {
    const from = args.integer('from', 0, trace.stepCount);
    const count = args.integer('count', 0, MOST_STEPS);
    return { from, rows: rowsOf(trace, from, count) };
  },
};

/** Up to `count` rows from a step on; none from the end on. */
export function rowsOf(trace: Trace, from: number, count: number): Jsonable[] {
  if (from >= trace.stepCount || count === 0) return [];
  return Array.from(trace.steps(from, count), (record) => rowOf(record));
}

/** One step as a row, with so many bytes of each change. */
export function rowOf(record: StepRecord, mostBytes = MOST_BYTES): Jsonable {
  const { memory, ports } = record;
  const document = stepJson({
    ...record,
    memory: memory.map(({ gpa, before, after }) => ({
      gpa,
      before: before.subarray(0, mostBytes),
      after: after.subarray(0, mostBytes),
    })),
    ports: ports.map((port) => ({ ...port, data: port.data.subarray(0, mostBytes) })),
  }) as { readonly [key: string]: Jsonable };
  return {
    ...document,
    symbol: cut(document['symbol']),
    text: cut(document['text']),
    changes: describeChanges(record).map(({ kind, text }) => ({ kind, text: cut(text) })),
    delivered: record.interruptions.map(describeInterruption),
    written: memory.map(({ gpa, after }) => ({ gpa, length: after.length })),
  };
}

/** Text of a bounded length; other values as they are. */
export function cut(value: Jsonable): Jsonable {
  if (typeof value !== 'string' || value.length <= MOST_CHARACTERS) return value;
  return `${value.slice(0, MOST_CHARACTERS - 1)}…`;
}
