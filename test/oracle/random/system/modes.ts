/** Code of another mode or of another ring in the middle of a guest, and the way back. */
import type { Context } from '../context.js';
import { integerCode } from '../guest.js';
import { fault } from './faults.js';

/** Instructions in one visit. */
const MOST = 6;

/** What 32-bit code leaves in them is not defined (SDM vol. 1, 3.4.1.1). */
const UPPER_HALVES_CLEARED = ['eax', 'ecx', 'edx', 'esi', 'edi', 'ebp'].map(
  (register) => `mov ${register}, ${register}`,
);

function some(c: Context): string[] {
  return integerCode(c, 1 + c.random.below(MOST), true);
}

/** 64-bit code to 32-bit code of long mode, or real mode to protected mode, and back. */
export function otherMode(c: Context): string[] {
  const [there, back, real] = [c.label(), c.label(), c.label()];
  const inner = c.ofWidth(32);
  if (c.bits === 64) {
    return [
      ...UPPER_HALVES_CLEARED,
      ...[`to_compatibility ${there}`, '.code32', `${there}:`, 'use_data', ...some(inner)],
      ...[`ljmp CODE64, offset ${back}`, '.code64', `${back}:`],
    ];
  }
  return [
    ...[`to_protected ${there}`, '.code32', `${there}:`, 'use_data32', ...some(inner)],
    ...[`ljmp CODE16, offset ${back}`, '.code16', `${back}:`],
    ...[`to_real ${real}`, `${real}:`, 'use_data16'],
  ];
}

/** Level 3, with exceptions there, and back by INT n or SYSCALL. */
export function user(c: Context): string[] {
  const [there, back] = [c.label(), c.label()];
  const enter = c.bits === 64 && c.random.chance(50) ? 'return_to_user' : 'enter_user';
  const leave = c.bits === 64 && c.random.chance(50) ? 'call_system' : 'int 0x20';
  return [
    ...[`${enter} ${there}, ${back}`, `${there}:`, ...some(c)],
    ...(c.random.chance(50) ? [...fault(c, true), ...some(c)] : []),
    ...[leave, `${back}:`],
  ];
}
