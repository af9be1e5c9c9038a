/** Compares two traces: exactly, and across builds. */
import { alignedDiff } from './aligned/aligned-diff.js';
import { exactDiff, DEFAULT_FOLLOW } from './exact/exact-diff.js';
import { checkGates, hasGates, otherEnd, type GateOptions } from './gate.js';
import { checkRegisters, NOTHING_IGNORED, type IgnoreRules } from './ignore.js';
import type { Findings } from './findings.js';
import { isOneProgram, relationBySteps, relationOf, type Relation } from './relation.js';
import { deciderOf, isSameAligned } from './same.js';
import type { Pair } from './side.js';
import { verdict } from './verdict.js';

/**
 * `auto`: exactly, and, unless both traces are of the same guest image, across builds too.
 */
export type DiffMode = 'auto' | 'exact' | 'aligned' | 'both';

/** How to compare. */
export interface DiffOptions {
  readonly mode?: DiffMode | undefined;
  readonly rules?: IgnoreRules | undefined;
  /** Go on after the first divergence and find every cause. */
  readonly all?: boolean | undefined;
  /** Steps to follow the first difference on. */
  readonly follow?: number | undefined;
  readonly gates?: GateOptions | undefined;
}

/** What a comparison found, and the sentence for it. */
export interface DiffResult extends Findings {
  /** One line: same or different, and where first. */
  readonly verdict: string;
}

/**
 * Compares two traces in the mode that was asked for; `auto` chooses by how the guests are
 * related.
 */
export function diffTraces(pair: Pair, options: DiffOptions = {}): DiffResult {
  const { rules = NOTHING_IGNORED, mode = 'auto', gates = {}, all = false } = options;
  checkRegisters(rules, [pair.a, pair.b]);
  const relation = relationOf(pair);
  const { sameGuest } = relation;
  if (mode === 'auto' && !isOneProgram(relation)) return refusal(pair, relation);
  const exact =
    mode === 'aligned'
      ? undefined
      : exactDiff(pair, {
          rules,
          // Through two builds there is no way together to the end.
          all: all && (sameGuest || mode === 'exact'),
          follow: options.follow ?? DEFAULT_FOLLOW,
        });
  const gated = (gates.functions?.size ?? 0) > 0;
  const wanted = mode === 'aligned' || mode === 'both' || gated || (mode === 'auto' && !sameGuest);
  const aligned = wanted ? alignedDiff(pair) : undefined;
  const known =
    sameGuest || relation.by !== undefined || aligned === undefined
      ? relation
      : relationBySteps(aligned);
  if (mode === 'auto' && !isOneProgram(known)) return refusal(pair, known);
  const results = checkGates(gates, pair, aligned?.all ?? []);
  const decider = deciderOf(exact, aligned, sameGuest || mode === 'exact');
  const same =
    decider === 'exact' ? exact!.same : aligned !== undefined && isSameAligned(pair, aligned);
  const end = otherEnd(pair);
  const passed = hasGates(gates)
    ? results.every(({ exceeded }) => !exceeded) && end === undefined
    : same;
  const found = {
    same,
    sameGuest,
    relation: known,
    refused: false,
    decider,
    exact,
    aligned,
    gates: results,
  };
  const outcome = { ...found, otherEnd: end, passed };
  return { verdict: verdict(pair, outcome), ...outcome };
}

/** Of two programs there is nothing to be told but that they are two. */
function refusal(pair: Pair, relation: Relation): DiffResult {
  const nothing = { exact: undefined, aligned: undefined, gates: [] };
  const outcome = {
    ...{ ...nothing, same: false, sameGuest: false, relation, refused: true, passed: false },
    decider: 'aligned' as const,
    otherEnd: otherEnd(pair),
  };
  return { verdict: verdict(pair, outcome), ...outcome };
}
