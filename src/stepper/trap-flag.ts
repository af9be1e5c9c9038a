/**
 * TF is how VMX and SVM step, and so it shows where the guest's flags are stored: in what PUSHF pushes
 * and in R11 after SYSCALL. A TF of the guest's own is lost while stepping in any case.
 */
import { MSR_FMASK } from '../x86/control-bits.js';
import { stackTop } from './expected-rip.js';
import { Flow } from '../x86/instruction-class.js';
import type { Code } from './code-cache.js';
import type { MachineView } from './expected-rip.js';
import { RFLAGS, RFLAGS_TF } from '../machine/register-words.js';
import type { VcpuControl } from './vcpu-control.js';

const RCX = 2;
const R11 = 11;

/** Whether the instruction is SYSCALL, SYSRET or their like, which store or load flags. */
export function isSystemCall(flow: Flow): boolean {
  return flow === Flow.systemCall || flow === Flow.systemReturn;
}

/** Has SYSCALL or SYSRET leave TF set; `restore` puts back what that takes. */
export function keepTrapFlag(
  control: VcpuControl,
  { class: { flow, branchMsr, branchRegister } }: Code,
  view: MachineView,
): { restore(): void } {
  const { vcpu, words } = control;
  const nothing = { restore: () => undefined };
  if (flow === Flow.systemCall) {
    const mask = view.msr(MSR_FMASK);
    if (branchMsr !== 0 || (mask & BigInt(RFLAGS_TF)) === 0n) return nothing;
    vcpu.setMsrs([{ index: MSR_FMASK, data: mask & ~BigInt(RFLAGS_TF) }]);
    return {
      restore: () => {
        vcpu.setMsrs([{ index: MSR_FMASK, data: mask }]);
      },
    };
  }
  // SYSEXIT leaves the flags alone.
  if (branchRegister !== RCX || (words[2 * R11]! & RFLAGS_TF) !== 0) return nothing;
  words[2 * R11]! |= RFLAGS_TF;
  control.writeBack();
  control.stepPlainly();
  return {
    restore: () => {
      words[2 * R11]! &= ~RFLAGS_TF;
      control.writeBack();
    },
  };
}

/** After PUSHF: the pushed flags show no TF of ours. */
export function hidePushedTrapFlag(control: VcpuControl): void {
  const top = stackTop(control.words);
  const pushed = control.memory.readNumber(top, 2);
  if (pushed === undefined || (pushed & BigInt(RFLAGS_TF)) === 0n) return;
  control.writeByte(top + 1n, Number((pushed >> 8n) & 0xfen));
}

/** CF, PF, AF, ZF, SF, OF. */
const ARITHMETIC_FLAGS = 0x8d5;

/**
 * After SYSCALL: R11 has no TF of ours, and the flags are those of before less what IA32_FMASK clears (SDM
 * vol. 2, SYSCALL); QEMU loses the arithmetic ones (seen in 7.2).
 */
export function finishSystemCall(control: VcpuControl, view: MachineView): void {
  const { words, before } = control;
  const mask = Number(view.msr(MSR_FMASK) & 0xffffffffn);
  words[2 * R11] = (words[2 * R11]! & ~(RFLAGS_TF | ARITHMETIC_FLAGS)) | arithmetic(before);
  words[RFLAGS] = (words[RFLAGS]! & ~ARITHMETIC_FLAGS) | (arithmetic(before) & ~mask);
  control.writeBack();
  control.stepPlainly();
}

function arithmetic(words: Int32Array): number {
  return words[RFLAGS]! & ARITHMETIC_FLAGS;
}
