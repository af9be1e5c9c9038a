/** Exceptions, in the ring and the mode that the code runs in. */
import type { Context } from '../context.js';
import { defineFlags } from '../guest.js';

interface Fault {
  readonly lines: (c: Context) => readonly string[];
  /** Not in real mode. */
  readonly isProtected?: boolean;
  /** Where there are pages. */
  readonly isLong?: boolean;
  /** At level 3 alone. */
  readonly isUsers?: boolean;
}

const FAULTS: readonly Fault[] = [
  { lines: () => ['ud2'] },
  { lines: (c) => [`mov ${c.named('cx', c.bits)}, 0`, `div ${c.named('cx', c.bits)}`] },
  { lines: () => ['mov al, 0', 'idiv al'] },
  { isProtected: true, lines: () => ['mov eax, ABSENT', 'mov ds, eax'] },
  { isLong: true, lines: () => ['mov rax, NOT_CANONICAL', 'mov rcx, [rax]'] },
  {
    isLong: true,
    lines: (c) => [
      `mov eax, NOT_MAPPED + ${c.random.below(1 << 20)}`,
      c.random.pick(['mov rcx, [rax]', 'mov [rax], ecx', 'push qword ptr [rax]', 'call rax']),
    ],
  },
  {
    isUsers: true,
    lines: (c) => {
      const register = c.named('ax', c.bits);
      return [
        c.random.pick(['cli', 'hlt', `mov ${register}, cr0`, `mov cr0, ${register}`, 'clts']),
      ];
    },
  },
];

/** What raises an exception and goes on behind it. The frame shows flags: they have to be defined. */
export function fault(c: Context, isUser: boolean): string[] {
  const possible = FAULTS.filter(
    (each) =>
      (each.isProtected !== true || c.bits !== 16) &&
      (each.isLong !== true || c.bits === 64) &&
      (each.isUsers !== true || isUser),
  );
  return ['expect', defineFlags(c), ...c.random.pick(possible).lines(c), '1:'];
}
