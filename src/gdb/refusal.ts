/** What is said where gdb wants to write: a recording stays as it is, but another one can be made. */
import { hex } from '../base/number-text.js';
import { printable } from '../base/printable.js';
import type { State } from '../query/state.js';

/** What `kvmtrace replay --set` can set. */
const SETTABLE = /^(?:r[a-d]x|r[sd]i|r[sb]p|r[89]|r1[0-5]|rip|rflags)$/;

/**
 * @param step the state that the write was meant for
 * @param assignment as `kvmtrace replay --set` takes it: `rax=0x5`, `[0x1000]=01 02`; undefined where
 *   it takes none
 */
export function refusal(path: string, step: number, assignment: string | undefined): string {
  const refused = 'a trace cannot be changed';
  if (assignment === undefined) return refused;
  const command = `kvmtrace replay ${printable(path)} --from ${step} --set '${assignment}' -o other.db`;
  return `${refused}, but ${command} records what would have happened`;
}

/** @param digits of a register as packets have them: least significant byte first */
export function registerAssignment(name: string, digits: string): string | undefined {
  const value = BigInt(`0x${(digits.match(/../g) ?? ['00']).reverse().join('')}`);
  // The trace has the whole of a register that gdb knows a half of, and rflags for eflags.
  const recorded = name.replace(/^e(?=..$|flags$)/, 'r');
  return SETTABLE.test(recorded) ? `${recorded}=${hex(value)}` : undefined;
}

/** @param digits of bytes, in order */
export function memoryAssignment(
  state: State,
  address: MemoryAddress,
  digits: string,
): string | undefined {
  const gpa = 'gpa' in address ? address.gpa : physical(state, address.gva);
  if (gpa === undefined) return undefined;
  return `[${hex(gpa)}]=${(digits.match(/../g) ?? []).join(' ')}`;
}

/** A linear or a physical address that gdb wanted to write. */
export type MemoryAddress = { readonly gva: bigint } | { readonly gpa: number };

function physical(state: State, gva: bigint): number | undefined {
  const found = state.translate(gva);
  return found.kind === 'mapped' ? found.gpa : undefined;
}
