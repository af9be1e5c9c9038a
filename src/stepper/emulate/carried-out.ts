/**
 * What kvmtrace carries out itself where KVM steps by TF, because the CPU runs on to the next instruction
 * before it traps: MOV SS and POP SS on every processor, STI and PAUSE as QEMU emulates them (seen in
 * 7.2). Only where the instruction succeeds: one that faults is KVM's.
 */
import { RunsOn } from '../../x86/instruction-class.js';
import type { Code } from '../code-cache.js';
import {
  CR4,
  isProtected,
  privilegeOf,
  RFLAGS,
  RFLAGS_IF,
  RFLAGS_VM,
  RIP,
} from '../../machine/register-words.js';
import { loadStackSegment } from './stack-segment.js';
import type { VcpuControl } from '../vcpu-control.js';

/** CR4.VME and CR4.PVI: STI then works on VIF (SDM vol. 3, 21.3). */
const VIRTUAL_INTERRUPTS = 3;

/** Whether it was, and whether no interrupt may come before the next instruction. */
export type CarriedOut = 'no' | 'yes' | 'yes, in a shadow';

/** Changes nothing where it returns 'no'. */
export function carryOut(control: VcpuControl, code: Code): CarriedOut {
  switch (code.class.runsOn) {
    case RunsOn.stackSegment:
      return loadStackSegment(control, code) ? 'yes, in a shadow' : 'no';
    case RunsOn.sti:
      return enableInterrupts(control, code);
    case RunsOn.pause:
      moveOn(control, code);
      return 'yes';
    case RunsOn.farStackPointer:
    case RunsOn.never:
      return 'no';
  }
}

function enableInterrupts(control: VcpuControl, code: Code): CarriedOut {
  const { words } = control;
  const flags = words[RFLAGS]!;
  const isVirtual = (flags & RFLAGS_VM) !== 0 || (words[CR4]! & VIRTUAL_INTERRUPTS) !== 0;
  if (isProtected(words) && (isVirtual || privilegeOf(words) > ((flags >>> 12) & 3))) return 'no';
  words[RFLAGS] = flags | RFLAGS_IF;
  moveOn(control, code);
  // Interrupts are held back only where they were off before (SDM vol. 2, STI).
  return (flags & RFLAGS_IF) === 0 ? 'yes, in a shadow' : 'yes';
}

function moveOn(control: VcpuControl, code: Code): void {
  control.words[RIP] = code.nextLow;
  control.words[RIP + 1] = code.nextHigh;
  control.writeBack();
  control.stepPlainly();
}
