/** How a replay ended: one line of proof, or a report of what differs. */
import type { Difference } from '../replay/divergence.js';
import type { ReplayOutcome } from '../replay/replayer.js';
import type { Trace } from '../query/trace.js';
import type { State } from '../query/state.js';
import { formatSymbol } from '../trace/read/symbols.js';
import { inputText, type ReplayView } from '../views/replay.js';
import { flagChanges } from '../views/flags.js';
import { counted, hex, littleEndian } from '../base/number-text.js';
import { printable } from '../base/printable.js';
import { StepListing } from './steps.js';
import type { Style } from './style.js';

/** Steps before the divergence that are shown. */
const STEPS_BEFORE = 5;

/** What the line of proof says besides the counts. */
export interface ProofDetails {
  readonly isComplete: boolean;
  /** The `--until` that did not come about; empty for none. */
  readonly sought: string;
}

/** `identical: 12000 steps compared (0 to 11999), 3 inputs fed, from the snapshot of state 0, 0.2 s`. */
export function proofLine(
  trace: Trace,
  outcome: ReplayOutcome,
  { isComplete, sought }: ProofDetails,
): string {
  const { start, steps, inputs, seconds, stoppedAt, hosts } = outcome;
  const last = start + steps - 1;
  const parts = [
    steps === 0 ? 'no steps compared' : `${counted(steps, 'step')} compared (${start} to ${last})`,
    `${counted(inputs, 'input')} fed`,
    `from the snapshot of state ${start}`,
    ...(hosts.isSame ? [] : ['recorded on another host']),
    `${seconds.toFixed(1)} s`,
  ];
  if (stoppedAt !== undefined) parts.push(`stopped at state ${stoppedAt}`);
  else if (!isComplete && start + steps === trace.stepCount) {
    parts.push('to the last batch that the recorder wrote');
  }
  if (sought !== '') parts.push(`${printable(sought)} was not reached`);
  return `identical: ${parts.join(', ')}`;
}

/** The report of a replay that diverged, as lines. */
export function* reportLines(view: ReplayView, style: Style): Generator<string> {
  const { trace, divergence, inputs, hint, outcome } = view;
  const { step } = divergence;
  yield style.strong(`diverged: ${printable(divergence.what)}`);
  yield `${counted(outcome.steps, 'step')} from state ${outcome.start} on were identical`;
  yield '';
  const listing = new StepListing({ style, columns: undefined, lastStep: step });
  const first = Math.max(0, step - STEPS_BEFORE);
  // Of a state there is only what came before it.
  const end = divergence.at === 'step' ? step + 1 : step;
  if (end > first) yield* listing.lines([...trace.steps(first, end - first)]);
  if (divergence.differences.length > 0) {
    yield '';
    yield style.strong('what differs: recorded | replayed');
    const before = trace.state(step);
    for (const each of divergence.differences) yield `  ${differenceLine(each, view, before)}`;
  }
  if (inputs.length > 0) {
    yield '';
    yield style.strong('the last inputs before it');
    for (const each of inputs) yield `  step ${each.step}  ${style.event(inputText(each))}`;
  }
  yield '';
  yield hint;
}

function differenceLine(difference: Difference, view: ReplayView, before: State): string {
  switch (difference.kind) {
    case 'register': {
      const name = view.registerNames.get(difference.id) ?? `register ${difference.id}`;
      const old = before.register(name);
      const text = (value: bigint | undefined): string =>
        value === undefined ? 'unchanged' : hex(value);
      const { recorded, replayed } = difference;
      const flags =
        name === 'rflags' && recorded !== undefined && replayed !== undefined
          ? ` (${flagChanges(recorded, replayed)})`
          : '';
      const was = old === undefined ? '' : `, was ${hex(old)}`;
      return `${printable(name)}  ${text(recorded)} | ${text(replayed)}${flags}${was}`;
    }
    case 'memory': {
      const { gpa, size, recorded, replayed } = difference;
      const old = littleEndian(before.readPhysical(gpa, Math.min(8, Math.max(0, size))).bytes);
      const symbol = view.trace.symbolAt(BigInt(gpa));
      const place = symbol === undefined ? '' : ` ${printable(formatSymbol(symbol))}`;
      const text = (value: bigint | undefined): string =>
        value === undefined ? 'unchanged' : hex(value);
      return `[${hex(gpa)}]${place} (${counted(size, 'byte')})  ${text(recorded)} | ${text(replayed)}, was ${hex(old)}`;
    }
    default: {
      const text = (value: string | undefined): string => printable(value ?? 'nothing');
      return `${difference.kind}  ${text(difference.recorded)} | ${text(difference.replayed)}`;
    }
  }
}
