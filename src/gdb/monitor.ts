/** What `monitor …` does in gdb: questions to the trace that gdb has no command for. */
import { hex } from '../base/number-text.js';
import { inputError, KvmtraceError } from '../base/errors.js';
import { callStackLines, stackFrames } from '../report/call-stack.js';
import { PLAIN } from '../report/style.js';
import { StepListing } from '../report/steps.js';
import { whyLines } from '../report/why.js';
import { parseInteger } from '../query/places/numbers.js';
import { isMemoryPlace, parseMemoryPlace, parseStepPosition } from '../query/places/place.js';
import { printable } from '../base/printable.js';
import type { Position } from '../query/position.js';
import { searchOf } from '../query/condition.js';
import { changesOfMemory } from '../query/searches.js';
import type { StepSearch } from '../query/step-search.js';

interface MonitorCommand {
  readonly usage: string;
  readonly summary: string;
  run(position: Position, args: readonly string[]): Iterable<string>;
}

const COMMANDS: readonly MonitorCommand[] = [
  {
    usage: 'when',
    summary: 'the step that runs next',
    *run(position) {
      const { step, trace } = position;
      yield position.atEnd
        ? `state ${step}, the end of the recording`
        : `step ${step} of ${trace.stepCount}`;
      if (!position.atEnd) yield* listing(position, step, 1);
    },
  },
  {
    usage: 'goto N|PLACE[:NTH]',
    summary: 'go to a step: 1000, -1 for the end, main:3 for its third execution',
    *run(position, [place]) {
      const { trace } = position;
      const end = trace.stepCount + 1;
      position.seek(parseStepPosition(required(place, 'goto', 'goto 1000'), 'goto', end, trace));
      yield* COMMANDS[0]!.run(position, []);
      yield 'gdb does not know yet: maintenance flush register-cache';
    },
  },
  {
    usage: 'why REGISTER|[ADDRESS]:BYTES [DEPTH]',
    summary: 'where a value comes from, back to constants and inputs',
    *run(position, [what, depth = '4']) {
      const { trace, state, step } = position;
      const text = required(what, 'why', 'why rax');
      const target = isMemoryPlace(text) ? parseMemoryPlace(text, 'why', trace, state) : text;
      yield* whyLines(trace.why(step, target, { depth: countOf(depth, 'why'), links: 60 }), PLAIN);
    },
  },
  {
    usage: 'calls [COUNT]',
    summary: 'the calls under way, with the steps that they last',
    *run(position, [count = '20']) {
      const { trace, step } = position;
      yield* callStackLines(trace, stackFrames(trace, step, countOf(count, 'calls')), PLAIN);
    },
  },
  {
    usage: 'last-write REGISTER|ADDRESS[:BYTES]',
    summary: 'the step before this one that last changed it',
    run: (position, [what]) =>
      found(position, required(what, 'last-write', 'last-write rax'), 'last'),
  },
  {
    usage: 'next-write REGISTER|ADDRESS[:BYTES]',
    summary: 'the step from this one on that changes it next',
    run: (position, [what]) =>
      found(position, required(what, 'next-write', 'next-write rax'), 'next'),
  },
  {
    usage: 'steps [COUNT]',
    summary: 'the steps around this one, with what each changed',
    *run(position, [count = '10']) {
      const wanted = countOf(count, 'steps');
      const first = Math.max(0, position.step - (wanted >> 1));
      yield* listing(position, Math.min(first, Math.max(0, position.trace.stepCount - 1)), wanted);
    },
  },
  {
    usage: 'registers [PART OF A NAME]',
    summary: 'registers that gdb does not show, such as msr',
    *run(position, [part = '']) {
      for (const { name, value } of position.state.registers()) {
        if (name.includes(part)) yield `${printable(name).padEnd(24)} ${hex(value)}`;
      }
    },
  },
  {
    usage: 'help',
    summary: 'this list',
    *run() {
      const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
      for (const { usage, summary } of COMMANDS) yield `${usage.padEnd(width)}  ${summary}`;
    },
  },
];

/** The lines that a command prints; what is wrong with it is one of them. */
export function* monitor(position: Position, text: string): Generator<string> {
  const [name = 'help', ...args] = text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  const command = COMMANDS.find(({ usage }) => usage.split(' ')[0] === name);
  try {
    if (command === undefined) {
      throw inputError(`there is no monitor command ${printable(name)}: monitor help lists them.`);
    }
    yield* command.run(position, args);
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
    yield printable(error.message);
  }
}

function required(argument: string | undefined, command: string, example: string): string {
  if (argument !== undefined) return argument;
  throw inputError(`monitor ${command} needs to know what: give it as in monitor ${example}.`);
}

/** A number of things, at least 1. */
function countOf(text: string, command: string): number {
  const count = parseInteger(text);
  if (count !== undefined && count >= 1n && count <= MOST_SHOWN) return Number(count);
  throw inputError(`monitor ${command} ${printable(text)}: give a number from 1 to ${MOST_SHOWN}.`);
}

/** Lines that a person reads; the commands of kvmtrace show more. */
const MOST_SHOWN = 1000n;

function* listing({ trace }: Position, from: number, count: number): Generator<string> {
  if (trace.stepCount === 0) return;
  const lastStep = Math.min(trace.stepCount, from + count) - 1;
  const lines = new StepListing({ style: PLAIN, columns: undefined, lastStep });
  yield* lines.lines([...trace.steps(from, count)]);
}

function* found(position: Position, what: string, way: 'last' | 'next'): Generator<string> {
  const { step } = position;
  const search = writesTo(position, what);
  const at = way === 'last' ? search.last(step) : search.next(step);
  if (at !== undefined) yield* listing(position, at, 1);
  else
    yield `no step ${way === 'last' ? `before step ${step}` : `from step ${step} on`} changes it`;
}

function writesTo({ trace, state }: Position, what: string): StepSearch {
  const isRegister = state.register(what) !== undefined || /^[a-z]{2}$/.test(what);
  if (isRegister) return searchOf(trace, { kind: 'register', name: what }).search;
  const bracketed = isMemoryPlace(what) ? what : what.replace(/^([^:]*)/, '[$1]');
  const memory = parseMemoryPlace(bracketed, 'monitor', trace, state);
  if ('gpa' in memory) return changesOfMemory(trace, memory);
  return searchOf(trace, { kind: 'change', memory }).search;
}
