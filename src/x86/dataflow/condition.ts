/** What conditions (cmovCC, setCC, jCC) say of the flags. */
import { FLAG_BITS } from '../flag-bits.js';

const { cf, pf, zf, sf, of } = FLAG_BITS;

/**
 * Whether a condition holds for these rflags.
 *
 * @param condition the decoder's ConditionCode: 1 more than `tttn` (SDM vol. 2, B.1.4.7)
 */
export function conditionHolds(condition: number, rflags: number): boolean {
  const negated = ((condition - 1) & 1) !== 0;
  return base((condition - 1) >> 1, rflags) !== negated;
}

function base(condition: number, rflags: number): boolean {
  const less = ((rflags & sf) !== 0) !== ((rflags & of) !== 0);
  switch (condition) {
    case 0:
      return (rflags & of) !== 0;
    case 1:
      return (rflags & cf) !== 0;
    case 2:
      return (rflags & zf) !== 0;
    case 3:
      return (rflags & (cf | zf)) !== 0;
    case 4:
      return (rflags & sf) !== 0;
    case 5:
      return (rflags & pf) !== 0;
    case 6:
      return less;
    default:
      return less || (rflags & zf) !== 0;
  }
}
