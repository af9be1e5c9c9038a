import type { Context, Size } from './context.js';
import type { Generator } from './instruction.js';

const CONDITIONS = [
  'o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g',
]; // prettier-ignore

export function condition(c: Context): string {
  return c.random.pick(CONDITIONS);
}

function move(c: Context): string[] {
  const size = c.random.pick(c.sizes);
  return c.random.pick([
    [`mov ${c.register(size)}, ${c.registerOrMemory(size)}`],
    [`mov ${c.memory(size)}, ${c.register(size)}`],
    [`mov ${c.memory(size)}, ${c.immediate(size)}`],
    [`mov ${c.highByte()}, ${c.highByte()}`],
    [c.load(c.register(c.widest), c.random.value(c.widest))],
  ]);
}

function extend(c: Context): string[] {
  const from = c.random.pick([8, 16] as const);
  const to = c.random.pick(c.wide.filter((size) => size > from));
  const mnemonic = c.random.pick(['movzx', 'movsx']);
  if (c.bits === 64 && c.random.chance(20)) {
    return [`movsxd ${c.register(64)}, ${c.registerOrMemory(32)}`];
  }
  return [`${mnemonic} ${c.register(to)}, ${c.registerOrMemory(from)}`];
}

function convert(c: Context): string[] {
  const names = ['cbw', 'cwd', 'cwde', 'cdq', ...(c.bits === 64 ? ['cdqe', 'cqo'] : [])];
  return [c.random.pick(names)];
}

function effectiveAddress(c: Context): string[] {
  const size = c.random.pick(c.wide);
  const address: Size = c.bits === 64 && c.random.chance(70) ? 64 : 32;
  const scale = c.random.pick([1, 2, 4, 8]);
  const base = c.register(address);
  const index = c.register(address);
  return [`lea ${c.register(size)}, [${base} + ${index} * ${scale} + ${c.immediate(32)}]`];
}

/** With an index: of one byte, so that the address stays in the data. */
function indexed(c: Context): string[] {
  const size = c.random.pick(c.sizes);
  const address: Size = c.bits === 64 ? 64 : 32;
  const scale = c.random.pick([1, 2, 4, 8]);
  const at = `[${c.named('bx', address)} + ${c.named('cx', address)} * ${scale} + ${c.offset() >> 1}]`;
  const register = c.register(size);
  return [
    'movzx ecx, cl',
    c.random.chance(50) ? `mov ${register}, ${at}` : `mov ${at}, ${register}`,
  ];
}

function direct(c: Context): string[] {
  const size = c.random.pick(c.sizes);
  const register = { 8: 'al', 16: 'ax', 32: 'eax', 64: 'rax' }[size];
  const at = `[data + ${c.offset()}]`;
  const mnemonic = c.bits === 64 ? 'movabs' : 'mov';
  return [
    c.random.chance(50) ? `${mnemonic} ${register}, ${at}` : `${mnemonic} ${at}, ${register}`,
  ];
}

function setFlags(c: Context): string[] {
  return [c.random.pick(['clc', 'stc', 'cld', 'std', 'sahf'])];
}

export const MOVES: readonly Generator[] = [
  { weight: 6, make: move },
  { weight: 3, make: extend },
  { weight: 2, make: convert },
  { weight: 2, make: effectiveAddress },
  { weight: 2, make: indexed },
  { weight: 1, make: direct },
  { weight: 1, make: () => ['xlatb'] },
  { weight: 2, make: setFlags },
  { weight: 1, readsFlags: true, make: (c) => [c.random.pick(['cmc', 'lahf'])] },
  {
    weight: 3,
    readsFlags: true,
    make: (c) => {
      const size = c.random.pick(c.wide);
      return [`cmov${condition(c)} ${c.register(size)}, ${c.registerOrMemory(size)}`];
    },
  },
  {
    weight: 3,
    readsFlags: true,
    make: (c) => [`set${condition(c)} ${c.registerOrMemory(8)}`],
  },
  // SALC, which no assembler spells.
  { weight: 1, readsFlags: true, legacyOnly: true, make: () => ['.byte 0xd6'] },
];
