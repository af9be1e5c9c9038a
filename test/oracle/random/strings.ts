import type { Context } from './context.js';
import type { Generator } from './instruction.js';

const SUFFIXES = { 8: 'b', 16: 'w', 32: 'd', 64: 'q' } as const;
const COMPARING = ['cmps', 'scas'];
const MOVING = ['movs', 'stos', 'lods'];

/** A string instruction with pointers into the data, a short count, and either direction. */
function string(c: Context): string[] {
  const comparing = c.random.chance(40);
  const mnemonic = c.random.pick(comparing ? COMPARING : MOVING);
  const prefix = comparing ? c.random.pick(['repe ', 'repne ', '']) : c.random.pick(['rep ', '']);
  const width = c.bits;
  const pointer = (name: 'si' | 'di'): string =>
    `lea ${c.named(name, width)}, ${c.address(c.offset() & ~7)}`;
  // 0 and 1 too: no iteration, and one.
  const count = c.random.pick([0, 1, 2, 3, 7, 24]);
  return [
    c.random.pick(['cld', 'std']),
    pointer('si'),
    pointer('di'),
    c.load(c.named('cx', width), BigInt(count)),
    `${prefix}${mnemonic}${SUFFIXES[c.random.pick(c.sizes)]}`,
  ];
}

/** Equal strings, so that REPE CMPS runs to its end at times. */
function equalStrings(c: Context): string[] {
  const from = c.named('si', c.bits);
  const to = c.named('di', c.bits);
  return [
    'cld',
    `lea ${from}, ${c.address()}`,
    `mov ${to}, ${from}`,
    c.load(c.named('cx', c.bits), BigInt(1 + c.random.below(20))),
    `${c.random.pick(['repe', 'repne'])} cmpsb`,
  ];
}

export const STRINGS: readonly Generator[] = [
  { weight: 4, make: string },
  { weight: 1, make: equalStrings },
];
