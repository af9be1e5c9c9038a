import type { AlignedDiff } from './aligned/aligned-diff.js';
import type { ExactDiff } from './exact/result.js';
import type { GateResult } from './gate.js';
import type { Relation } from './relation.js';
import type { Decider } from './same.js';

/** What the comparison of two traces found. */
export interface Findings {
  readonly same: boolean;
  /** Both traces are of one guest image. */
  readonly sameGuest: boolean;
  /** What the guests have in common. */
  readonly relation: Relation;
  /** They have so little in common that nothing else was compared. */
  readonly refused: boolean;
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
