import type { Context } from '../context.js';

const BYTES = 0x1000;

/** Accesses to what nobody answers: reads give ones, writes are lost. */
export function mmio(c: Context): string[] {
  const size = c.random.pick(c.sizes);
  const register = c.register(size);
  const base = c.named('si', c.widest);
  // Some go over the end of a page.
  const at = c.random.pick([c.random.below(BYTES), BYTES - 1, BYTES - 3]);
  const place = `${c.memory(size).split('[')[0]}[${base} + ${at}]`;
  const access = c.random.pick([
    [`mov ${register}, ${place}`],
    [`mov ${place}, ${register}`],
    [`add ${place}, ${register}`],
    [`xor ${register}, ${place}`],
    [`xchg ${place}, ${register}`],
    [`inc ${place}`],
    [`lock or ${place}, ${register}`],
    ...strings(c),
  ]);
  return ['mov esi, MMIO', ...access];
}

/** From there, and to there. */
function strings(c: Context): string[][] {
  const count = 1 + c.random.below(6);
  const [from, to] = [c.named('si', c.widest), c.named('di', c.widest)];
  const element = c.random.pick(['b', 'w', 'd']);
  const repeated = `rep movs${element}`;
  return [
    ['cld', `lea ${to}, ${c.address()}`, `mov ecx, ${count}`, repeated],
    ['cld', `mov ${to}, ${from}`, `lea ${from}, ${c.address()}`, `mov ecx, ${count}`, repeated],
    ['cld', `mov ${to}, ${from}`, `mov ecx, ${count}`, `rep stos${element}`],
  ];
}
