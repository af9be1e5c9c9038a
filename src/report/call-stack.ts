/** Call stacks as lines and as JSON. */
import type { Trace } from '../query/trace.js';
import type { Call } from '../trace/read/derived-reader.js';
import { formatSymbol } from '../trace/read/symbols.js';
import { functionName } from './call-tree.js';
import { sourceJson, sourceText } from '../views/source.js';
import { columnWidths } from './columns.js';
import type { Jsonable } from '../base/json.js';
import type { Style } from './style.js';

/** A call under way, and where: at the next instruction, or at that which made the call inside it. */
export interface StackFrame {
  /** 0 is the innermost frame. */
  readonly frame: number;
  readonly call: Call;
  /** Linear; undefined where the trace does not say. */
  readonly at: bigint | undefined;
}

/** The `count` innermost calls under way at a state, the innermost first. */
export function stackFrames(trace: Trace, state: number, count: number): StackFrame[] {
  return trace
    .callStack(state)
    .slice(0, count)
    .map((call, frame, shown) => {
      const inner = shown[frame - 1];
      const at = inner === undefined ? trace.state(state).address : trace.callSite(inner);
      return { frame, call, at };
    });
}

/** Of each frame, the innermost first: number, function, where it is, since and until when. */
export function* callStackLines(
  trace: Trace,
  frames: readonly StackFrame[],
  style: Style,
): Generator<string> {
  const rows = frames.map(({ frame, call, at }) => [
    `#${frame}`,
    functionName(call.address, trace.symbolAt(call.address), call.kind),
    at === undefined ? '' : `at ${functionName(at, trace.symbolAt(at))}${sourceText(trace.sourceAt(at))}`,
    `from step ${call.firstStep}`,
    call.ended === 'open' ? 'to the end' : `to ${call.lastStep}`,
  ] as const); // prettier-ignore
  const [numbers, names, places, since] = columnWidths(rows);
  for (const [number, name, place, from, until] of rows) {
    const where = `${style.place(name.padEnd(names!))}  ${place.padEnd(places!)}`;
    yield `${number.padEnd(numbers!)}  ${where}  ${from.padEnd(since!)} ${until}`;
  }
  const further = frames.at(-1)?.call.depth ?? 0;
  if (further > 0) yield style.faint(`… and ${further} further out`);
}

/** A frame of a call stack as JSON; frame 0 is the innermost. */
export function stackFrameJson(trace: Trace, { frame, call, at }: StackFrame): Jsonable {
  const name = (address: bigint | undefined): string | null => {
    const symbol = address === undefined ? undefined : trace.symbolAt(address);
    return symbol === undefined ? null : formatSymbol(symbol);
  };
  const source = at === undefined ? undefined : trace.sourceAt(at);
  return {
    frame,
    id: call.id,
    address: call.address,
    function: name(call.address),
    kind: call.kind,
    depth: call.depth,
    at: at ?? null,
    place: name(at),
    ...(source === undefined ? {} : { source: sourceJson(source) }),
    first_step: call.firstStep,
    last_step: call.lastStep,
    own_steps: call.ownSteps,
    total_steps: call.totalSteps,
    ended: call.ended,
  };
}
