import type { Context } from './context.js';
import type { Generator } from './instruction.js';

function count(c: Context): string {
  return c.random.pick(['1', 'cl', String(c.random.below(72))]);
}

function shift(c: Context, mnemonics: readonly string[]): string[] {
  const size = c.random.pick(c.sizes);
  return [`${c.random.pick(mnemonics)} ${c.registerOrMemory(size)}, ${count(c)}`];
}

/** Counts above the operand's size leave an undefined result (SDM vol. 2, SHLD): not drawn. */
function doubleShift(c: Context): string[] {
  const mnemonic = c.random.pick(['shld', 'shrd']);
  const size = c.random.pick(c.wide);
  const target = c.registerOrMemory(size);
  const source = c.register(size);
  if (size !== 16 && c.random.chance(50)) return [`${mnemonic} ${target}, ${source}, cl`];
  return [`${mnemonic} ${target}, ${source}, ${c.random.below(size === 16 ? 17 : 64)}`];
}

const BIT_TESTS = ['bt', 'bts', 'btr', 'btc'];

function bitTest(c: Context): string[] {
  const mnemonic = c.random.pick(BIT_TESTS);
  const size = c.random.pick(c.wide);
  switch (c.random.below(3)) {
    case 0:
      return [`${mnemonic} ${c.registerOrMemory(size)}, ${c.random.below(256)}`];
    case 1:
      return [`${mnemonic} ${c.register(size)}, ${c.register(size)}`];
    default: {
      // A register as bit offset reaches beyond the operand: here by 16 bytes either way.
      const offset = c.named('cx', size);
      const lock = mnemonic !== 'bt' && c.random.chance(50) ? 'lock ' : '';
      return [`movsx ${offset}, cl`, `${lock}${mnemonic} ${c.memory(size)}, ${offset}`];
    }
  }
}

/**
 * Of 0 these leave the target undefined. CPUs leave it as it was, all of it; KVM's emulator writes
 * it back, which in 64-bit code clears the upper half of a 32-bit one: 0 is not drawn there.
 */
function bitScan(c: Context): string[] {
  const size = c.random.pick(c.wide);
  const source = c.registerOrMemory(size);
  const nonZero = c.bits === 64 && size === 32 ? [`or ${source}, ${1 << c.random.below(31)}`] : [];
  return [...nonZero, `${c.random.pick(['bsf', 'bsr'])} ${c.register(size)}, ${source}`];
}

function swap(c: Context): string[] {
  const size = c.bits === 64 ? c.random.pick([32, 64] as const) : 32;
  return [`bswap ${c.register(size)}`];
}

export const BITS: readonly Generator[] = [
  { weight: 6, make: (c) => shift(c, ['shl', 'shr', 'sar', 'rol', 'ror']) },
  { weight: 3, readsFlags: true, make: (c) => shift(c, ['rcl', 'rcr']) },
  { weight: 3, make: doubleShift },
  { weight: 5, make: bitTest },
  { weight: 2, make: bitScan },
  { weight: 1, make: swap },
];
