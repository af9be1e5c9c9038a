/** Steps of a debugger over source lines and calls, forwards and backwards, along a position. */
import type { Condition } from '../query/condition.js';
import type { Direction, Position, Stop } from '../query/position.js';
import type { Trace } from '../query/trace.js';
import type { Call } from '../trace/read/derived-reader.js';
import type { ExecutedStep } from '../trace/read/instructions.js';

/** How far a step of the debugger goes. */
export type Granularity = 'line' | 'instruction';

/**
 * To the next line, or the beginning of the one before, of the same function or one further out: calls
 * are gone over. By instruction where the guest says nothing of lines.
 *
 * @param into whether to stop in the functions that are called, too
 */
export function stepLine(
  position: Position,
  direction: Direction,
  granularity: Granularity,
  into: boolean,
  conditions: readonly Condition[],
): Stop {
  const line = lineAt(position.trace, position.step);
  const byLine = granularity === 'line' && line !== undefined;
  if (into && !byLine) return position.move(direction);
  const start = frameAt(position.trace, position.step);
  let stop: Stop;
  for (;;) {
    stop = byLine
      ? position.walk(direction, (next) => isOtherLine(position.trace, next, line), conditions)
      : position.walk(direction, () => true, conditions);
    if (stop.reason !== 'moved') return stop;
    const skipped = into ? undefined : skipCall(position, direction, start, conditions);
    if (skipped === undefined) break;
    if (skipped.reason === 'condition' && !isOfStep(skipped)) return skipped;
    if (skipped.reason === 'beginning' || skipped.reason === 'end') return skipped;
    // Behind the call, on the line that made it, or on another one by now.
    if (!byLine || lineAt(position.trace, position.step) !== line) break;
  }
  if (byLine && direction === 'backward') toBeginningOfLine(position, conditions);
  return { reason: 'moved', step: position.step, hits: [] };
}

/** Out of the function that runs: behind the call of it, or in front of it. */
export function stepOut(
  position: Position,
  direction: Direction,
  conditions: readonly Condition[],
): Stop {
  const call = frameAt(position.trace, position.step);
  if (call === undefined) return position.run(direction, conditions);
  const target = direction === 'forward' ? call.lastStep + 1 : call.firstStep - 1;
  return runTo(position, direction, target, conditions);
}

/** The innermost call under way. */
export function frameAt(trace: Trace, step: number): Call | undefined {
  return trace.callStack(step)[0];
}

function lineAt(trace: Trace, step: number): string | undefined {
  const { address } = trace.state(step);
  const source = address === undefined ? undefined : trace.sourceAt(address);
  return source && `${source.file}:${source.line}`;
}

function isOtherLine(trace: Trace, { instruction }: ExecutedStep, line: string): boolean {
  const source = trace.sourceAt(instruction.address);
  return source !== undefined && `${source.file}:${source.line}` !== line;
}

/** Where a walk has come into a call that was made in the frame that it began in: to its other end. */
function skipCall(
  position: Position,
  direction: Direction,
  start: Call | undefined,
  conditions: readonly Condition[],
): Stop | undefined {
  if (start === undefined) return undefined;
  const stack = position.trace.callStack(position.step);
  const own = stack.findIndex(({ id }) => id === start.id);
  // The frame itself runs, or it has been left: both are where a step may end.
  if (own <= 0) return undefined;
  const inner = stack[own - 1]!;
  const target = direction === 'forward' ? inner.lastStep + 1 : inner.firstStep - 1;
  return runTo(position, direction, target, conditions);
}

const wanted = Symbol('the step that a run goes to');

function runTo(
  position: Position,
  direction: Direction,
  target: number,
  conditions: readonly Condition[],
): Stop {
  if (target < 0 || target > position.trace.stepCount) return position.run(direction, conditions);
  const there = { kind: 'step', step: target, [wanted]: true } as const;
  const stop = position.run(direction, [...conditions, there]);
  const isThere = stop.hits.length === 1 && stop.hits[0]?.condition === there;
  // The end is a state that no step condition of its own is needed for.
  return isThere ? { reason: 'moved', step: stop.step, hits: [] } : stop;
}

function isOfStep({ hits }: Stop): boolean {
  return hits.every(({ condition }) => wanted in condition);
}

/** Back to the first of the steps that come from the line, calls in between gone over. */
function toBeginningOfLine(position: Position, conditions: readonly Condition[]): void {
  const { trace } = position;
  const line = lineAt(trace, position.step);
  const frame = frameAt(trace, position.step);
  while (!position.atBeginning) {
    const from = position.step;
    const stop = position.run('backward', [...conditions, { kind: 'step', step: from - 1 }]);
    const inner = skipCall(position, 'backward', frame, conditions);
    const isSame =
      lineAt(trace, position.step) === line && frameAt(trace, position.step)?.id === frame?.id;
    if (!isSame) {
      position.seek(from);
      return;
    }
    if (stop.hits.some(({ condition }) => condition.kind !== 'step')) return;
    if (inner?.hits.some(({ condition }) => condition.kind !== 'step') === true) return;
  }
}
