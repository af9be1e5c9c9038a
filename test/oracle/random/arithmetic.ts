import type { Context } from './context.js';
import type { Generator } from './instruction.js';

const TWO_OPERANDS = ['add', 'sub', 'and', 'or', 'xor', 'cmp', 'test'];
const WITH_CARRY = ['adc', 'sbb'];
const LOCKABLE = ['add', 'sub', 'and', 'or', 'xor'];

function twoOperands(c: Context, mnemonic: string): string[] {
  const size = c.random.pick(c.sizes);
  switch (c.random.below(5)) {
    case 0:
      return [`${mnemonic} ${c.registerOrMemory(size)}, ${c.immediate(size)}`];
    case 1:
      return [`${mnemonic} ${c.memory(size)}, ${c.register(size)}`];
    case 2:
      return mnemonic === 'test'
        ? [`test ${c.memory(size)}, ${c.register(size)}`]
        : [`${mnemonic} ${c.register(size)}, ${c.memory(size)}`];
    case 3:
      return [`${mnemonic} ${c.highByte()}, ${c.highByte()}`];
    default:
      return [`${mnemonic} ${c.register(size)}, ${c.register(size)}`];
  }
}

function locked(c: Context): string[] {
  const size = c.random.pick(c.sizes);
  return [`lock ${c.random.pick(LOCKABLE)} ${c.memory(size)}, ${c.register(size)}`];
}

function oneOperand(c: Context): string[] {
  const mnemonic = c.random.pick(['inc', 'dec', 'neg', 'not']);
  return [`${mnemonic} ${c.registerOrMemory(c.random.pick(c.sizes))}`];
}

function multiply(c: Context): string[] {
  const size = c.random.pick(c.sizes);
  const wide = c.random.pick(c.wide);
  return c.random.pick([
    [`mul ${c.registerOrMemory(size)}`],
    [`imul ${c.registerOrMemory(size)}`],
    [`imul ${c.register(wide)}, ${c.registerOrMemory(wide)}`],
    [`imul ${c.register(wide)}, ${c.registerOrMemory(wide)}, ${c.immediate(wide)}`],
  ]);
}

/** Quotient, divisor and remainder are drawn, and the dividend follows: no #DE. */
function divide(c: Context): string[] {
  const size = c.random.pick(c.sizes);
  const signed = c.random.chance(50);
  const bits = BigInt(size);
  const largest = (1n << (signed ? bits - 1n : bits)) - 1n;
  const draw = (): bigint => c.random.value(size) & largest;
  const divisor = draw() || 1n;
  const remainder = draw() % divisor;
  let dividend = draw() * divisor + remainder;
  let by = divisor;
  if (signed && c.random.chance(50)) dividend = -dividend;
  if (signed && c.random.chance(50)) by = -by;
  const low = BigInt.asUintN(size, dividend);
  const high = BigInt.asUintN(size, dividend >> bits);
  const source = c.register(size, ['ax', 'dx']);
  const loads =
    size === 8
      ? [c.load('ax', BigInt.asUintN(16, dividend))]
      : [c.load(c.named('ax', size), low), c.load(c.named('dx', size), high)];
  const mnemonic = signed ? 'idiv' : 'div';
  const load = c.load(source, BigInt.asUintN(size, by));
  if (c.random.chance(30)) {
    const memory = c.memory(size);
    return [load, `mov ${memory}, ${source}`, ...loads, `${mnemonic} ${memory}`];
  }
  return [load, ...loads, `${mnemonic} ${source}`];
}

/**
 * A CMPXCHG of 32-bit registers in 64-bit code that finds no match leaves the target alone, upper
 * half included, on CPUs; KVM's emulator writes it back and so clears the upper half (em_cmpxchg).
 * It is not drawn.
 */
function compareExchange(c: Context): string[] {
  const size = c.random.pick(c.sizes.filter((each) => c.bits !== 64 || each !== 32));
  return [`cmpxchg ${c.register(size)}, ${c.register(size)}`];
}

function exchange(c: Context): string[] {
  const size = c.random.pick(c.sizes);
  const lock = c.random.chance(50) ? 'lock ' : '';
  return c.random.pick([
    [`xchg ${c.registerOrMemory(size)}, ${c.register(size)}`],
    [`xadd ${c.register(size)}, ${c.register(size)}`],
    [`${lock}xadd ${c.memory(size)}, ${c.register(size)}`],
    compareExchange(c),
    [`${lock}cmpxchg ${c.memory(size)}, ${c.register(size)}`],
  ]);
}

/** Half of them find what they compare with. */
function compareEightBytes(c: Context): string[] {
  const at = c.offset();
  const low = c.address(at);
  const high = c.address(at + 4);
  const equal = c.random.chance(50) ? [`mov eax, ${low}`, `mov edx, ${high}`] : [];
  return [...equal, `${c.random.chance(50) ? 'lock ' : ''}cmpxchg8b qword ptr ${low}`];
}

export const ARITHMETIC: readonly Generator[] = [
  { weight: 10, make: (c) => twoOperands(c, c.random.pick(TWO_OPERANDS)) },
  { weight: 3, readsFlags: true, make: (c) => twoOperands(c, c.random.pick(WITH_CARRY)) },
  { weight: 2, make: locked },
  { weight: 3, make: oneOperand },
  { weight: 4, make: multiply },
  { weight: 3, make: divide },
  { weight: 3, make: exchange },
  { weight: 1, make: compareEightBytes },
];
