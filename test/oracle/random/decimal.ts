import type { Context } from './context.js';
import type { Generator } from './instruction.js';

/** These leave flags that the comparison does not believe: they are not left standing. */
function followed(c: Context, line: string): string[] {
  return [line, `cmp ${c.register(32)}, ${c.register(32)}`];
}

/** Of the decimal instructions those that KVM's emulator has: it lacks DAA, AAA and AAS. */
export const DECIMAL: readonly Generator[] = [
  { weight: 1, legacyOnly: true, make: (c) => followed(c, `aam ${1 + c.random.below(255)}`) },
  { weight: 1, legacyOnly: true, make: (c) => followed(c, `aad ${c.random.below(256)}`) },
  { weight: 1, legacyOnly: true, readsFlags: true, make: (c) => followed(c, 'das') },
];
