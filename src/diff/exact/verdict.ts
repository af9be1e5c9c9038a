/** The result of an exact comparison in one line. */
import { counted, hex } from '../../base/number-text.js';
import type { Pair } from '../side.js';
import type { ExactDiff } from './result.js';
import { differenceRow } from './rows.js';

/** `step 5`, or `step 105 | 5` where the traces count otherwise. */
export function stepsText({ stepA, stepB }: { stepA: number; stepB: number }): string {
  return stepA === stepB ? `step ${stepA}` : `step ${stepA} | ${stepB}`;
}

/** When it was that what was compared first differed. */
export function beginning({ start: { stepA, stepB } }: ExactDiff): string {
  if (stepA === 0 && stepB === 0) return 'before the first step';
  if (stepB === 0) return `in state ${stepA} of a, which b goes on from`;
  if (stepA === 0) return `in state ${stepB} of b, which a goes on from`;
  return `in state ${stepA} of a and ${stepB} of b`;
}

/** Places of hidden output that are named. */
const HIDDEN_SHOWN = 4;

/** `12 writes to port 0xe9`: output that rules hide. */
export function hiddenText({ hidden }: ExactDiff): string {
  const places = hidden.slice(0, HIDDEN_SHOWN).map(({ kind, address, count: times }) => {
    return `${counted(times, 'write')} to ${kind === 'port' ? 'port ' : ''}${hex(address)}`;
  });
  return places.join(', ') + (hidden.length > HIDDEN_SHOWN ? ' …' : '');
}

/** `same: …` or `different: from step … on, …`. */
export function exactVerdict(pair: Pair, exact: ExactDiff): string {
  const { start, end } = exact;
  if (exact.same) {
    const hidden = exact.hidden.length === 0 ? '' : `, which changes ${hiddenText(exact)}`;
    const ignored = exact.ignored.length === 0 ? '' : ` but for what is ignored${hidden}`;
    const from = start.stepA === 0 && start.stepB === 0 ? '' : `${beginning(exact)}: `;
    return `same: ${from}${counted(end.stepsA - start.stepA, 'step')} did the same${ignored}${exact.by === 'hashes' ? ' (by their hashes)' : ''}`;
  }
  const [group] = exact.groups;
  if (group === undefined) {
    return `different: the guests differ ${beginning(exact)}, and no step does otherwise for it`;
  }
  const { stepA, differences } = group.first;
  const [row] = differences.map((difference) => differenceRow(difference, pair));
  if (group.cause.kind === 'end') {
    const { a, b } = group.cause;
    const where = stepA < start.stepA ? beginning(exact) : `after ${stepsText(group.first)}`;
    return `different: ${where}, a ${a}, b ${b}`;
  }
  const instruction = pair.a.instruction(stepA);
  const place = instruction === undefined ? '' : ` (${pair.a.place(instruction.address)})`;
  const more = exact.groups.length > 1 ? `; ${counted(exact.groups.length, 'cause')} in all` : '';
  return `different: from ${stepsText(group.first)}${place} on, ${row === undefined ? '' : `${row.label} ${row.a} | ${row.b}`}${more}`;
}
