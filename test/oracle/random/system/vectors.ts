/** SSE and AVX, on random data: what comes out is stored, or moved to general registers. */
import type { Context } from '../context.js';

const INTEGER = [
  ...['paddb', 'paddw', 'paddd', 'paddq', 'psubb', 'psubsw', 'paddusb', 'pmullw', 'pmulhw'],
  ...['pmaddwd', 'pand', 'por', 'pxor', 'pandn', 'pcmpeqb', 'pcmpgtd', 'pminub', 'pmaxsw'],
  ...['punpcklbw', 'punpckhdq', 'packuswb', 'pshufb', 'pmulld', 'pminsd', 'psadbw', 'psllq'],
];
const FLOATING = [
  ...['addps', 'subps', 'mulps', 'divps', 'minps', 'maxps', 'sqrtps', 'addpd', 'subpd', 'mulpd'],
  ...['divpd', 'maxpd', 'sqrtpd', 'cvtdq2ps', 'cvttps2dq', 'unpcklps', 'andnps', 'xorpd'],
  ...['addss', 'mulsd', 'divsd', 'haddps', 'addsubpd'],
];
/** With one source. */
const UNARY = new Set(['sqrtps', 'sqrtpd', 'cvtdq2ps', 'cvttps2dq']);
const SCALAR = new Set(['addss', 'mulsd', 'divsd']);

function register(c: Context): number {
  return c.random.below(c.bits === 64 ? 16 : 8);
}

function compute(c: Context): string[] {
  const name = c.random.pick(c.random.chance(50) ? INTEGER : FLOATING);
  const [a, b, d] = [register(c), register(c), register(c)];
  const at = c.address();
  if (c.random.chance(50)) {
    const load = [`movdqu xmm${a}, ${at}`, `movups xmm${b}, ${c.address()}`];
    return [...load, `${name} xmm${a}, xmm${b}`, `movdqu ${c.address()}, xmm${a}`];
  }
  const kind = SCALAR.has(name) || name === 'psllq' ? 'xmm' : 'ymm';
  const operands = UNARY.has(name) ? [d, a] : [d, b, a];
  return [
    `vmovdqu ymm${a}, ${at}`,
    `vmovups ymm${b}, ${c.address()}`,
    `v${name} ${operands.map((operand) => `${kind}${operand}`).join(', ')}`,
    `vmovdqu ${c.address()}, ymm${d}`,
  ];
}

/** These have flags or general registers as results. */
function toGeneral(c: Context): string[] {
  const [a, b] = [register(c), register(c)];
  const to = c.register(32);
  return c.random.pick([
    [`pmovmskb ${to}, xmm${a}`],
    [`movmskps ${to}, xmm${a}`],
    [`movd ${to}, xmm${a}`],
    [`movd xmm${a}, ${to}`],
    [`cvttss2si ${to}, xmm${a}`],
    [`cvtsi2sd xmm${a}, ${to}`],
    [`pextrw ${to}, xmm${a}, ${c.random.below(8)}`],
    [`ucomiss xmm${a}, xmm${b}`],
    [`comisd xmm${a}, xmm${b}`],
    [`ptest xmm${a}, xmm${b}`],
    [`stmxcsr dword ptr ${c.address()}`],
    ['vzeroupper'],
  ]);
}

export function vectors(c: Context): string[] {
  return c.random.chance(70) ? compute(c) : toGeneral(c);
}
