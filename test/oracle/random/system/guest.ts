/** Guests of random code that leaves the straight way: exceptions, devices, other modes, other rings. */
import { sourcePath } from '../../helpers/build.js';
import { Context, type Bits } from '../context.js';
import { dataOf, integerCode } from '../guest.js';
import { Random } from '../random.js';
import { fault } from './faults.js';
import { mmio } from './mmio.js';
import { otherMode, user } from './modes.js';
import { vectors } from './vectors.js';

/** What a guest may draw beside integer instructions. */
export type Part = 'fault' | 'mmio' | 'mode' | 'user' | 'vector';

export interface SystemGuest {
  readonly seed: number;
  readonly bits: Bits;
  /** Parts drawn, each with some integer instructions before it. */
  readonly count: number;
  readonly parts: readonly Part[];
}

const MAKE: Readonly<Record<Part, (c: Context) => string[]>> = {
  fault: (c) => fault(c, false),
  mmio,
  mode: otherMode,
  user,
  vector: vectors,
};
const PROLOGUES: Readonly<Record<Bits, string>> = {
  16: 'real.h',
  32: 'protected.h',
  64: 'long.h',
};
/** Integer instructions between two parts. */
const MOST_BETWEEN = 3;

/** The assembly of a guest that ends through the debug-exit device. */
export function systemGuest(guest: SystemGuest): string {
  const { bits, parts } = guest;
  const c = new Context(new Random(guest.seed), bits);
  const lines: string[] = [];
  for (let i = 0; i < guest.count; i++) {
    lines.push(...integerCode(c, 1 + c.random.below(MOST_BETWEEN), true));
    lines.push(...MAKE[c.random.pick(parts)](c));
  }
  return [
    `# Random guest: ${JSON.stringify(guest)}`,
    `#include "${sourcePath(`random/system/${PROLOGUES[bits]}`)}"`,
    ...[`.code${bits}`, 'jmp start', '.balign 16', 'data:', ...dataOf(c.random), 'start:'],
    'prologue',
    ...(parts.includes('vector') ? ['enable_avx'] : []),
    `mov ${c.named('bx', bits)}, offset data`,
    ...lines,
    ...['end_guest', 'handlers', ''],
  ].join('\n');
}
