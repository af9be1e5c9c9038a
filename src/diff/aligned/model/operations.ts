/** What instructions do, without the registers that a compiler chose for it. */
import type { NormalForm } from './normalize.js';

/** Mnemonics that compilers use for one another. */
const ALIKE: readonly (readonly [RegExp, string])[] = [
  [/^(?:movzx|movsx|movsxd|mov|movabs|cdqe|cwde|cdq|cqo)$/, 'mov'],
  [/^j(?!mp$)/, 'branch'],
  [/^set/, 'set'],
  [/^cmov/, 'cmov'],
  [/^(?:test|cmp)$/, 'cmp'],
  [/^(?:inc|dec|sub|add|lea)$/, 'add'],
  [/^sal$/, 'shl'],
];
/** Words of the disassembly that are no names. */
const WORDS = /^(?:ptr|byte|word|dword|qword|xmmword|near|far|rep\w*|L|[er]?sp|[c-gs]s)$/;

/** `mov total st`: what is done, with which variable or large number, and whether in memory. */
export function operationOf({ exact, shape }: NormalForm): string {
  const [mnemonic = '', ...words] = shape.split(' ');
  if (mnemonic === 'nop' || mnemonic.startsWith('endbr') || isSpill(exact)) return '';
  const rest = words.join(' ');
  const parts = [isZeroing(exact) ? 'mov' : kindOf(mnemonic)];
  for (const [name] of rest.matchAll(/[A-Za-z_.][\w.~]*(?:\+0x[0-9a-f]+)?/g)) {
    if (!WORDS.test(name)) parts.push(name);
  }
  // Small numbers are everywhere.
  for (const [number] of rest.matchAll(/(?<![\w+])0x[0-9a-f]{2,}/g)) parts.push(number);
  const memory = rest.indexOf('[');
  const comma = rest.indexOf(',');
  if (memory >= 0) parts.push(comma < 0 || memory < comma ? 'store' : 'load');
  return parts.join(' ');
}

/** A variable kept on the stack in one build is in a register in another. */
function isSpill(exact: string): boolean {
  return /^(?:mov|movzx|movsxd?) (?:.*, )?(?:\w+ ptr )?\[[er](?:bp-|sp[+\]])/.test(exact);
}

function kindOf(mnemonic: string): string {
  return ALIKE.find(([pattern]) => pattern.test(mnemonic))?.[1] ?? mnemonic;
}

/** `xor eax, eax` is how compilers write `mov eax, 0`. */
function isZeroing(exact: string): boolean {
  return /^xor (\w+), \1$/.test(exact);
}
