import { EXIT } from '../kvm/abi/exit-reason.js';
import { stackTop } from './expected-rip.js';
import { RIP } from '../machine/register-words.js';
import { INTERRUPTED, type VcpuControl } from './vcpu-control.js';

const WORD_BYTES = 8;
/** Where nothing runs: see Trampolines. */
const TRAMPOLINE = 1n;

/**
 * Runs an IRETQ whose target is that IRETQ. It gives no debug exit, and a breakpoint where the vCPU
 * stands fires at once: so it returns to a trampoline, and rip is put right.
 *
 * @returns true if it returned; otherwise `enter`'s result for an exit that is still to be looked at
 */
export function returnToItself(control: VcpuControl): true | number {
  const { words, before, memory } = control;
  const slot = stackTop(words);
  const target = memory.readNumber(slot, WORD_BYTES) ?? 0n;
  memory.poke(slot, WORD_BYTES, TRAMPOLINE);
  control.stepAndBreak([TRAMPOLINE]);
  let result = control.enter();
  while (result === INTERRUPTED && !control.stayed) result = control.enter();
  memory.poke(slot, WORD_BYTES, target);
  const arrived =
    result === 0 &&
    control.exitReason === EXIT.KVM_EXIT_DEBUG &&
    control.hitBreakpoint &&
    words[RIP] === Number(TRAMPOLINE) &&
    words[RIP + 1] === 0;
  if (arrived) {
    words[RIP] = before[RIP]!;
    words[RIP + 1] = before[RIP + 1]!;
    control.writeBack();
  }
  control.stepPlainly();
  return arrived ? true : result;
}
