/** SQL of the user's, with what of its results is a step or an address. */
import { hex, hexBytes } from '../../base/number-text.js';
import type { Jsonable } from '../../base/json.js';
import { questions as readyMade } from '../../query/questions.js';
import type { SqlValue } from '../../trace/read/values.js';
import type { Question } from '../question.js';
import { cut } from './steps.js';

const MOST_ROWS = 2000;
const MOST_TEXT = 20_000;
/** Columns that hold steps, whatever their table. */
const STEP_COLUMN = /^(?:.*_)?step$/i;
const STEP_SOURCES = new Set(['step.id', 'steps.id']);
const ADDRESS_COLUMN = /^(?:rip|address|gpa|gva|cr2|cr3|value|r[a-ds][xip]|r\d+|rflags|rbp|rsp)$/i;

/** The first rows of one statement. */
export const sql: Question = {
  lane: 'sql',
  answer(args, trace) {
    const { columns, sources, rows } = trace.query(args.text('sql', MOST_TEXT));
    const kinds = columns.map((name, i) => kindOf(name, sources[i]));
    const shown: Jsonable[] = [];
    let more = false;
    for (const row of rows) {
      if (shown.length === MOST_ROWS) {
        more = true;
        break;
      }
      shown.push(row.map((value, i) => cellText(value, kinds[i]!)));
    }
    return { columns: columns.map((name, i) => ({ name: cut(name), kind: kinds[i] })), rows: shown, more }; // prettier-ignore
  },
};

/** The tables, and questions that are ready to be asked. */
export const schema: Question = {
  lane: 'now',
  answer: (_, trace) => ({
    tables: trace.tables().map(({ name, columns }) => ({ name, columns })),
    questions: readyMade().map(({ name, text, sql: statement }) => ({
      ...{ name, text, sql: statement.trim() },
    })),
  }),
};

type Kind = 'step' | 'address' | 'plain';

function kindOf(name: string, source: string | undefined): Kind {
  if (STEP_COLUMN.test(name) || STEP_SOURCES.has(source ?? '')) return 'step';
  return ADDRESS_COLUMN.test(name) ? 'address' : 'plain';
}

/** Text in full: integers of 64 bits are no numbers of JavaScript's. */
function cellText(value: SqlValue, kind: Kind): Jsonable {
  if (value === null) return null;
  if (value instanceof Uint8Array) return cut(hexBytes(value.subarray(0, 256)));
  if (typeof value === 'bigint' && kind === 'address') return hex(BigInt.asUintN(64, value));
  return cut(String(value));
}
