/** What the trace is: what the page needs to know before anything else. */
import { basename } from 'node:path';
import { infoLines } from '../../query/info-words.js';
import { toolVersion } from '../../base/package-root.js';
import type { Jsonable } from '../../base/json.js';
import type { Trace } from '../../query/trace.js';
import type { Question } from '../question.js';
import { cut } from './steps.js';

const MOST_SLOTS = 64;

/** Length, registers and words about the trace; of both where two are compared. Counts no rows. */
export const about: Question = {
  lane: 'now',
  answer: (_, trace, { a, b }) => ({
    version: toolVersion,
    comparing: b !== undefined,
    trace: traceJson(trace),
    other: b === undefined ? null : traceJson(trace === a ? b : a),
  }),
};

/** What the page shows of a trace at its top, and goes by. */
export function traceJson(trace: Trace): Jsonable {
  const { meta } = trace;
  const text = (key: string): Jsonable => {
    const value = meta.get(key);
    return typeof value === 'string' ? cut(value) : null;
  };
  const slots = trace.query(`SELECT gpa, size, purpose FROM memory_slot LIMIT ${MOST_SLOTS}`).rows;
  return {
    path: cut(trace.path),
    name: cut(basename(trace.path)),
    guest: text('guest'),
    steps: trace.stepCount,
    complete: meta.get('complete') === 1n,
    stopped_by: text('stop_reason'),
    stop_detail: text('stop_detail'),
    indexed: trace.hasIndex,
    lines: infoLines(meta, (address) => trace.symbolAt(address)).map(([name, words]) => [
      cut(name),
      cut(words),
    ]),
    slots: Array.from(slots, ([gpa, size, purpose]) => ({
      gpa: gpa as bigint,
      size: size as bigint,
      purpose: cut(String(purpose)),
    })),
    registers: trace.registers.map(({ name, bits }) => ({ name, bits })),
  };
}
