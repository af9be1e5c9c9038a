import type { Context } from './context.js';
import type { Generator } from './instruction.js';
import { condition } from './moves.js';

/** CF, PF, AF, ZF, SF, DF, OF and the bit that is always set: what POPF may be given. */
const SOME_FLAGS = 0xcd5;
const ALWAYS_SET = 2;

function stackSizes(c: Context): readonly (16 | 32 | 64)[] {
  return c.bits === 64 ? [16, 64] : [16, 32];
}

function pushAndPop(c: Context): string[] {
  const size = c.random.pick(stackSizes(c));
  const push = c.random.pick([
    `push ${c.register(size)}`,
    `push ${c.memory(size)}`,
    `push ${c.random.below(128)}`,
  ]);
  // An immediate has the size of the mode's stack slots.
  const popped = /^push \d/.test(push) ? c.bits : size;
  return [push, `pop ${c.random.chance(50) ? c.register(popped) : c.memory(popped)}`];
}

/** PUSHF in the mode's own size, and with a prefix in the other. */
function pushFlags(c: Context): string[] {
  if (c.random.chance(70)) return ['.byte 0x9c', `pop ${c.register(c.bits)}`];
  return ['.byte 0x66, 0x9c', `pop ${c.register(c.bits === 16 ? 32 : 16)}`];
}

function popFlags(c: Context): string[] {
  const flags = (c.random.below(0x1000) & SOME_FLAGS) | ALWAYS_SET;
  return [`push ${flags}`, c.bits === 64 ? 'popfq' : c.bits === 32 ? 'popfd' : 'popf'];
}

function pushAll(c: Context): string[] {
  const suffix = c.random.pick(['w', 'd']);
  return [`pusha${suffix}`, `popa${suffix}`];
}

/** KVM's emulator has no nested frames. */
function frame(c: Context): string[] {
  return [`enter ${c.random.below(4) * 16}, 0`, 'leave'];
}

function simple(c: Context): string {
  const size = c.random.pick(c.wide);
  return `${c.random.pick(['add', 'xor', 'sub'])} ${c.register(size, ['cx'])}, ${c.immediate(size)}`;
}

function forward(c: Context): string[] {
  const label = c.label();
  return [`j${condition(c)} ${label}`, simple(c), simple(c), `${label}:`];
}

function loop(c: Context): string[] {
  const label = c.label();
  const mnemonic = c.random.pick(['loop', 'loope', 'loopne']);
  return [
    c.load(c.named('cx', c.bits), BigInt(1 + c.random.below(5))),
    `${label}:`,
    simple(c),
    `${mnemonic} ${label}`,
  ];
}

function ifZero(c: Context): string[] {
  const label = c.label();
  const jump = c.bits === 64 ? 'jrcxz' : c.bits === 32 ? 'jecxz' : 'jcxz';
  return [
    ...(c.random.chance(50) ? ['mov ecx, 0'] : []),
    `${jump} ${label}`,
    simple(c),
    `${label}:`,
  ];
}

/** A function in the line of the code, called directly, through a register or through memory. */
function call(c: Context): string[] {
  const [target, behind] = [c.label(), c.label()];
  const register = c.named(c.random.pick(['ax', 'dx', 'si', 'bp']), c.bits);
  const pushed = c.random.chance(30);
  const ret = pushed ? `ret ${c.bits / 8}` : 'ret';
  const body = [`jmp ${behind}`, `${target}:`, simple(c), ret, `${behind}:`];
  const at = `mov ${register}, offset ${target}`;
  const slot = c.memory(c.bits);
  const calls = c.random.pick([
    [`call ${target}`],
    [at, `call ${register}`],
    [at, `mov ${slot}, ${register}`, `call ${slot}`],
  ]);
  const push = pushed ? [`push ${c.register(c.bits)}`] : [];
  return [...body, ...push, ...calls];
}

export const FLOW: readonly Generator[] = [
  { weight: 3, make: pushAndPop },
  { weight: 1, readsFlags: true, make: pushFlags },
  { weight: 1, make: popFlags },
  { weight: 1, legacyOnly: true, make: pushAll },
  { weight: 1, make: frame },
  { weight: 3, readsFlags: true, make: forward },
  { weight: 2, readsFlags: true, make: loop },
  { weight: 1, make: ifZero },
  { weight: 2, make: call },
];
