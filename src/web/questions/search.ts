/** The search box: places, code, output and source lines that a text may mean. */
import { KvmtraceError } from '../../base/errors.js';
import { hex } from '../../base/number-text.js';
import type { Jsonable } from '../../base/json.js';
import { parseStepPosition } from '../../query/places/place.js';
import type { Trace } from '../../query/trace.js';
import { shownText } from '../../trace/read/syntax.js';
import { formatSymbol } from '../../trace/read/symbols.js';
import { CONSOLE_PORTS } from '../console-ports.js';
import type { Question } from '../question.js';
import { cut } from './steps.js';

const MOST_TEXT = 200;
/** Of each kind. */
const MOST_HITS = 40;
/** Bytes of output that are searched. */
const MOST_OUTPUT = 4_000_000;

/** Each hit has the step to go to: the next from `at` on, else the first. */
export const search: Question = {
  lane: 'deep',
  answer(args, trace) {
    const at = args.integer('at', 0, trace.stepCount);
    const text = args.text('text', MOST_TEXT).trim();
    if (text === '') return { hits: [] };
    const hits = [
      ...positionHits(trace, text),
      ...symbolHits(trace, text, at),
      ...sourceHits(trace, text, at),
      ...outputHits(trace, text),
      ...codeHits(trace, text, at),
    ];
    return { hits };
  },
};

function hit(kind: string, step: number, title: string, detail: string): Jsonable {
  return { kind, step, title: cut(title), detail: cut(detail) };
}

/** A step's number, or the nth execution of a place: `main:3`. */
function positionHits(trace: Trace, text: string): Jsonable[] {
  try {
    const step = parseStepPosition(text, 'search', trace.stepCount + 1, trace);
    return [hit('position', step, `step ${step}`, /^-?\w+$/.test(text) ? '' : text)];
  } catch (error) {
    if (error instanceof KvmtraceError) return [];
    throw error;
  }
}

/** SQLite's text literal. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function containing(column: string, text: string): string {
  const pattern = text.replaceAll(/[\\%_]/g, String.raw`\$&`);
  return `${column} LIKE ${literal(`%${pattern}%`)} ESCAPE '\\'`;
}

/** Where a place runs: from a step on, else for the first time. */
function executionOf(trace: Trace, address: bigint, at: number): number | undefined {
  return trace.nextExecution(address, at + 1) ?? trace.nextExecution(address, 0);
}

function* symbolHits(trace: Trace, text: string, at: number): Generator<Jsonable> {
  const { rows } = trace.query(
    `SELECT address, name FROM symbol WHERE ${containing('name', text)}
     ORDER BY length(name), name LIMIT ${MOST_HITS}`,
  );
  for (const [address, name] of [...rows]) {
    const place = BigInt.asUintN(64, address as bigint);
    const step = executionOf(trace, place, at);
    if (step !== undefined) yield hit('symbol', step, String(name), hex(place));
  }
}

function* sourceHits(trace: Trace, text: string, at: number): Generator<Jsonable> {
  const { file, line } = /^(?<file>.+):(?<line>\d+)$/.exec(text)?.groups ?? {};
  if (file === undefined || line === undefined) return;
  const steps = trace
    .codeOfLine(file, Number(line))
    .flatMap(({ address }) => executionOf(trace, address, at) ?? []);
  if (steps.length > 0) yield hit('source', Math.min(...steps), text, 'source line');
}

/** Output is searched as one text: a line is many writes. */
function* outputHits(trace: Trace, text: string): Generator<Jsonable> {
  const { rows } = trace.query(
    `SELECT step, data FROM port_io WHERE direction = 'out'
     AND port IN (${CONSOLE_PORTS.join()}) ORDER BY step, id`,
  );
  const starts: number[] = [];
  const steps: number[] = [];
  let output = '';
  for (const [step, data] of rows) {
    starts.push(output.length);
    steps.push(Number(step));
    output += Buffer.from(data as Uint8Array).toString('latin1');
    if (output.length > MOST_OUTPUT) break;
  }
  const lower = output.toLowerCase();
  const wanted = text.toLowerCase();
  let found = lower.indexOf(wanted);
  for (let count = 0; found >= 0 && count < MOST_HITS; count++) {
    const line = output.slice(output.lastIndexOf('\n', found) + 1).split('\n', 1)[0]!;
    yield hit('output', steps[lastAtOrBelow(starts, found)]!, line.trim(), 'console');
    found = lower.indexOf(wanted, found + wanted.length);
  }
}

function lastAtOrBelow(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle;
    else high = middle;
  }
  return low;
}

function* codeHits(trace: Trace, text: string, at: number): Generator<Jsonable> {
  const { rows } = trace.query(
    `SELECT id FROM instruction WHERE ${containing('text', text)} ORDER BY id LIMIT ${MOST_HITS}`,
  );
  for (const [id] of [...rows]) {
    const instruction = trace.instruction(Number(id));
    const step = executionOf(trace, instruction.address, at);
    if (step === undefined) continue;
    const symbol = trace.symbolAt(instruction.address);
    const where = symbol === undefined ? hex(instruction.address) : formatSymbol(symbol);
    yield hit('code', step, shownText(instruction), where);
  }
}
