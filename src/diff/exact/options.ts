import type { IgnoreRules } from '../ignore.js';

/** How an exact comparison is made. */
export interface ExactOptions {
  readonly rules: IgnoreRules;
  /** Go on to the ends, finding every cause. */
  readonly all: boolean;
  /** Steps to follow the first difference on, to the first branch that it decides. */
  readonly follow: number;
}
