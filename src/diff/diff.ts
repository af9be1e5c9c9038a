/** Compares two traces: exactly, and across builds. */
import { alignedDiff, type AlignedDiff } from './aligned/aligned-diff.js';
import { exactDiff, DEFAULT_FOLLOW } from './exact/exact-diff.js';
import type { ExactDiff } from './exact/result.js';
import { checkGates, hasGates, otherEnd, type GateOptions, type GateResult } from './gate.js';
import { checkRegisters, NOTHING_IGNORED, type IgnoreRules } from './ignore.js';
import { verdict } from '../views/diff/verdict.js';
import { deciderOf, isSameAligned, type Decider } from './same.js';
import type { Pair } from './side.js';

/**
 * `auto`: exactly, and, unless both traces are of the same guest image, across builds too.
 */
export type DiffMode = 'auto' | 'exact' | 'aligned' | 'both';

export interface DiffOptions {
  readonly mode?: DiffMode | undefined;
  readonly rules?: IgnoreRules | undefined;
  /** Go on after the first divergence and find every cause. */
  readonly all?: boolean | undefined;
  /** Steps to follow the first difference on. */
  readonly follow?: number | undefined;
  readonly gates?: GateOptions | undefined;
}

export interface DiffResult {
  /** One line: same or different, and where first. */
  readonly verdict: string;
  readonly same: boolean;
  /** Both traces are of one guest image. */
  readonly sameGuest: boolean;
  /** The comparison that `verdict` and `same` go by. */
  readonly decider: Decider;
  readonly exact: ExactDiff | undefined;
  readonly aligned: AlignedDiff | undefined;
  readonly gates: readonly GateResult[];
  /** How b ended, if that is not as a did. */
  readonly otherEnd: string | undefined;
  /**
   * What an exit code should say: with gates, whether they hold and the guest ended as it did; else
   * whether the traces are the same.
   */
  readonly passed: boolean;
}

export function diffTraces(pair: Pair, options: DiffOptions = {}): DiffResult {
  const { rules = NOTHING_IGNORED, mode = 'auto', gates = {}, all = false } = options;
  checkRegisters(rules, [pair.a, pair.b]);
  const sameGuest = isSameGuest(pair);
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
  const results = checkGates(gates, pair, aligned?.all ?? []);
  const decider = deciderOf(exact, aligned, sameGuest || mode === 'exact');
  const same =
    decider === 'exact' ? exact!.same : aligned !== undefined && isSameAligned(pair, aligned);
  const end = otherEnd(pair);
  const passed = hasGates(gates)
    ? results.every(({ exceeded }) => !exceeded) && end === undefined
    : same;
  const found = { same, sameGuest, decider, exact, aligned, gates: results };
  const outcome = { ...found, otherEnd: end, passed };
  return { verdict: verdict(pair, outcome), ...outcome };
}

function isSameGuest({ a, b }: Pair): boolean {
  const hash = a.meta('guest_sha256');
  return hash !== undefined && hash === b.meta('guest_sha256');
}
