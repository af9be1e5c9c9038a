/** The first line of every report. */
import { changePercent, counted } from '../base/number-text.js';
import { causeTitle } from './aligned/cause/cause-title.js';
import { cutText } from './aligned/cut.js';
import { exactVerdict } from './exact/verdict.js';
import type { AlignedDiff } from './aligned/aligned-diff.js';
import type { Findings } from './findings.js';
import { isOneProgram, LEAST_SHARE, notOneProgram, percent } from './relation.js';
import type { Pair } from './side.js';

/** `same: …` or `different: …`, by the comparison that has the last word, and how the gates held. */
export function verdict(pair: Pair, result: Findings): string {
  const { relation, refused } = result;
  if (refused) {
    return `${notOneProgram(relation)}, less than the ${percent(LEAST_SHARE)} from which on they are compared`;
  }
  const doubt = isOneProgram(relation) ? '' : `${notOneProgram(relation)}; `;
  return doubt + comparedVerdict(pair, result);
}

function comparedVerdict(pair: Pair, result: Findings): string {
  const { exact, aligned, decider, gates } = result;
  const gate = gates.length === 0 ? '' : gateVerdict(result);
  if (decider === 'exact' && exact !== undefined) return exactVerdict(pair, exact) + gate;
  return (
    (aligned === undefined ? 'not compared' : alignedVerdict(pair, aligned, result.same)) + gate
  );
}

function gateVerdict({ gates, otherEnd }: Pick<Findings, 'gates' | 'otherEnd'>): string {
  const failed = gates
    .filter(({ exceeded }) => exceeded)
    .map(({ name, before, after }) => `${name} ${changePercent(before, after)}`);
  const limits =
    failed.length === 0 ? 'within the limits' : `beyond the limit: ${failed.join(', ')}`;
  return otherEnd === undefined ? `; ${limits}` : `; ${otherEnd}; ${limits}`;
}

function alignedVerdict(pair: Pair, aligned: AlignedDiff, same: boolean): string {
  const { stepsA, stepsB, outputs, functions, flow, memory, cut } = aligned;
  if (same) {
    const what = memory === undefined ? 'calls and output' : 'calls, output and memory';
    return `same: ${counted(stepsA, 'step')}, the same ${what}`;
  }
  const changed = functions.filter(
    ({ a, b, codeChanged, notReached }) =>
      !notReached && (codeChanged || a?.own !== b?.own || a?.calls !== b?.calls),
  );
  const steps =
    stepsA === stepsB
      ? `${counted(stepsA, 'step')} each`
      : `${stepsA} -> ${stepsB} steps (${changePercent(stepsA, stepsB)})`;
  const shown = outputs.differences.length === 0 ? 'same output' : 'other output';
  const control =
    flow === undefined ? '' : `, control parts at ${placeOf(pair, flow.decisionA ?? flow.stepA)}`;
  const ended = cut === undefined ? '' : `${cutText(aligned)!}; `;
  const cause = aligned.cause === undefined ? '' : `${causeTitle(pair, aligned.cause)}; `;
  return `different: ${ended}${cause}${shown}, ${steps}, ${counted(changed.length, 'function')} changed${control}`;
}

function placeOf({ a }: Pair, step: number): string {
  const instruction = a.instruction(step);
  return instruction === undefined ? `step ${step}` : a.place(instruction.address);
}
