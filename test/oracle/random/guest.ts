/** Guests of random integer instructions, as assembly. */
import { ARITHMETIC } from './arithmetic.js';
import { BITS } from './bits.js';
import { Context, DATA_BYTES, type Bits } from './context.js';
import { DECIMAL } from './decimal.js';
import { FLOW } from './flow.js';
import type { Generator } from './instruction.js';
import { MOVES } from './moves.js';
import { Random } from './random.js';
import { STRINGS } from './strings.js';

export interface RandomGuest {
  readonly seed: number;
  readonly bits: Bits;
  /** Instructions drawn; some come with others that prepare for them. */
  readonly count: number;
  /** No instruction reads a flag that another left undefined, which each CPU does its own way. */
  readonly definedFlagsOnly: boolean;
}

const GENERATORS = [...ARITHMETIC, ...BITS, ...DECIMAL, ...FLOW, ...MOVES, ...STRINGS];

/** Every so many instructions a register gets a new value: products of randomness tend to 0. */
const RELOAD_EVERY = 4;

/** The assembly of a guest that ends through the debug-exit device. */
export function randomGuest(guest: RandomGuest): string {
  const { bits } = guest;
  const context = new Context(new Random(guest.seed), bits);
  const lines = integerCode(context, guest.count, guest.definedFlagsOnly);
  return [
    `# Random guest: ${JSON.stringify(guest)}`,
    '.intel_syntax noprefix',
    `.code${bits}`,
    ...['jmp start', '.balign 16', 'data:'],
    ...dataOf(context.random),
    'start:',
    `mov ${context.named('bx', bits)}, offset data`,
    ...lines,
    ...['mov al, 0', 'out 0xf4, al', ''],
  ].join('\n');
}

/** Instructions drawn one after the other. */
export function integerCode(context: Context, count: number, definedFlagsOnly: boolean): string[] {
  const { random } = context;
  const generators = weighted(context.bits);
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    if (i % RELOAD_EVERY === 0) {
      const size = context.widest;
      lines.push(context.load(context.register(size), random.value(size)));
    }
    const generator = random.pick(generators);
    if (definedFlagsOnly && generator.readsFlags === true) lines.push(defineFlags(context));
    lines.push(...generator.make(context));
  }
  return lines;
}

/** An instruction that defines all six flags, of values that are random themselves. */
export function defineFlags(c: Context): string {
  const size = c.random.pick(c.wide);
  return `cmp ${c.register(size)}, ${c.register(size)}`;
}

function weighted(bits: Bits): Generator[] {
  return GENERATORS.filter(({ legacyOnly }) => legacyOnly !== true || bits !== 64).flatMap(
    (generator) => new Array<Generator>(generator.weight).fill(generator),
  );
}

/** What lies where memory operands are. */
export function dataOf(random: Random): string[] {
  return Array.from({ length: DATA_BYTES / 8 }, () => `.quad 0x${random.bits64().toString(16)}`);
}
