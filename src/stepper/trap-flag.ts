/**
 * TF is how VMX and SVM step, and so it shows where the guest's flags are stored: in what PUSHF pushes
 * and in R11 after SYSCALL. A TF of the guest's own is lost while stepping in any case.
 */
import { stackTop } from './expected-rip.js';
import { RFLAGS_TF } from './machine-words.js';
import type { VcpuControl } from './vcpu-control.js';

const R11 = 11;

/** After PUSHF: the pushed flags show no TF of ours. */
export function hidePushedTrapFlag(control: VcpuControl): void {
  const top = stackTop(control.words);
  const pushed = control.memory.readNumber(top, 2);
  if (pushed === undefined || (pushed & BigInt(RFLAGS_TF)) === 0n) return;
  control.writeByte(top + 1n, Number((pushed >> 8n) & 0xfen));
}

/** After SYSCALL: returns whether R11 had a TF, which it then has no more. */
export function hideSavedTrapFlag(words: Int32Array): boolean {
  if ((words[2 * R11]! & RFLAGS_TF) === 0) return false;
  words[2 * R11]! &= ~RFLAGS_TF;
  return true;
}
