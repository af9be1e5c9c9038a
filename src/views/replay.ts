/** How a replay ended, as data. */
import { compactHex, counted, hex, hexBytes, littleEndian } from '../base/number-text.js';
import { printable } from '../base/printable.js';
import type { Difference, Divergence } from '../replay/divergence.js';
import type { RecentInput } from '../replay/recent-inputs.js';
import { describeInterruption } from './change-text.js';
import type { ReplayOutcome } from '../replay/replayer.js';
import type { Trace } from '../query/trace.js';
import { formatSymbol } from '../trace/read/symbols.js';
import type { Jsonable } from '../base/json.js';
import { stepJson } from './step.js';

const STEPS_BEFORE = 5;

/** A replay that diverged, with what is shown of it. */
export interface ReplayView {
  readonly trace: Trace;
  readonly outcome: ReplayOutcome;
  readonly divergence: Divergence;
  readonly inputs: readonly RecentInput[];
  readonly registerNames: ReadonlyMap<number, string>;
  readonly hint: string;
}

/** How a replay ended, as the fields of a JSON document. */
export function outcomeJson(
  outcome: ReplayOutcome,
  range: { readonly from: number; readonly to: number },
): Record<string, Jsonable> {
  const { start, steps, inputs, seconds, stoppedAt } = outcome;
  return {
    identical: outcome.divergence === undefined,
    from: range.from,
    to: range.to,
    snapshot: start,
    steps,
    inputs,
    same_host: outcome.hosts.isSame,
    seconds,
    stopped_at: stoppedAt ?? null,
    divergence: null,
  };
}

/** Where a replay diverged, as JSON, with the steps before. */
export function divergenceJson(view: ReplayView): Jsonable {
  const { trace, divergence, inputs, hint } = view;
  const { at, step, what, differences } = divergence;
  const first = Math.max(0, step - STEPS_BEFORE);
  const end = at === 'step' ? step + 1 : step;
  return {
    at,
    step,
    what,
    differences: differences.map((each) => differenceJson(each, view)),
    steps: end > first ? [...trace.steps(first, end - first)].map(stepJson) : [],
    inputs: inputs.map((each) => ({ step: each.step, text: inputText(each) })),
    hint,
  };
}

function differenceJson(difference: Difference, view: ReplayView): Jsonable {
  const recorded = difference.recorded ?? null;
  const replayed = difference.replayed ?? null;
  switch (difference.kind) {
    case 'register': {
      const name = view.registerNames.get(difference.id) ?? null;
      return { kind: 'register', name, recorded, replayed };
    }
    case 'memory': {
      const { gpa, size } = difference;
      return { kind: 'memory', gpa, size, symbol: symbolOf(view.trace, gpa), recorded, replayed };
    }
    default:
      return { kind: difference.kind, recorded, replayed };
  }
}

function symbolOf(trace: Trace, gpa: number): string | null {
  const symbol = trace.symbolAt(BigInt(gpa));
  return symbol === undefined ? null : formatSymbol(symbol);
}

/** `in 0x3f8 (1 × 1 byte) → 0x61`: an input that the replay was fed. */
export function inputText(input: RecentInput): string {
  switch (input.kind) {
    case 'port': {
      const { port, size, count, data } = input.row;
      const value =
        count === 1 ? compactHex(littleEndian(data)) : hexBytes(data.subarray(0, 16), ' ');
      return `in ${hex(port)} (${count} × ${counted(size, 'byte')}) → ${value}`;
    }
    case 'mmio':
      return `mmio read [${hex(input.row.gpa)}] → ${hex(littleEndian(input.row.data))}`;
    case 'value':
      return `${printable(input.row.kind)} ${hex(input.row.value)}`;
    case 'interrupt':
      return describeInterruption(input.row);
  }
}
