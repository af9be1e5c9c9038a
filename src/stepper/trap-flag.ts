/**
 * TF is how VMX and SVM step, and so it shows where the guest's flags are stored: in what PUSHF pushes
 * and in R11 after SYSCALL. A TF that the guest set is lost while stepping in any case.
 */
import { wide } from '../base/halves.js';
import { MSR_FMASK } from '../x86/control-bits.js';
import { stackTop } from './expected-rip.js';
import { Effect, FlagsUse, Flow } from '../x86/instruction-class.js';
import type { Code } from './code-cache.js';
import type { MachineView } from './expected-rip.js';
import {
  ARITHMETIC_FLAGS,
  isLong,
  isProtected,
  RFLAGS,
  RFLAGS_TF,
  SEGMENT_WORDS,
  SREGS,
} from '../machine/register-words.js';
import { clearSegment } from './emulate/segment.js';
import { cleanTaskLeft } from './task-gates.js';
import type { VcpuControl } from './vcpu-control.js';

const RAX = 0;
const RCX = 2;
const RDX = 3;
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
  const { words } = control;
  const { registers } = control.vcpu;
  const nothing = { restore: () => undefined };
  if (flow === Flow.systemCall) {
    const mask = view.msr(MSR_FMASK);
    if (branchMsr !== 0 || (mask & BigInt(RFLAGS_TF)) === 0n) return nothing;
    registers.setMsrs([{ index: MSR_FMASK, data: mask & ~BigInt(RFLAGS_TF) }]);
    return {
      restore: () => {
        registers.setMsrs([{ index: MSR_FMASK, data: mask }]);
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

/**
 * After an instruction has retired. On VMX and SVM stepping is the guest's own TF: what loads the flags
 * switches it off, and what stores them shows it (rule 7).
 */
export function finishStep(
  control: VcpuControl,
  { class: { flags, flow, branchMsr, usesIdtr, effects } }: Code,
  view: MachineView,
  switchedTask: boolean,
): void {
  const savesFlags = flow === Flow.systemCall && branchMsr === 0;
  if (switchedTask && control.stepsByTrapFlag) cleanTaskLeft(control);
  if (control.stepsByTrapFlag) clearNullSegments(control, flow);
  if (flags === FlagsUse.stores) hidePushedTrapFlag(control);
  else if (savesFlags && control.stepsByTrapFlag) finishSystemCall(control, view);
  else if (flags === FlagsUse.loads || usesIdtr) control.stepPlainly();
  if ((effects & Effect.xcr0) !== 0 && control.stepsByTrapFlag) adoptXcr0(control);
}

/**
 * After XSETBV: KVM knows of the value too. QEMU does not have it exit (translate.c of 7.2 to 10.0 checks
 * no intercept), so that KVM puts the old one back at its next entry, and AVX would be off again.
 */
function adoptXcr0({ vcpu, words }: VcpuControl): void {
  if (words[2 * RCX] !== 0 || words[2 * RCX + 1] !== 0) return;
  const state = vcpu.registers.getXcrs();
  const [xcr0] = state.xcrs;
  const value = wide(words[2 * RAX]!, words[2 * RDX]!);
  if (state.nrXcrs === 0 || xcr0 === undefined || xcr0.value === value) return;
  xcr0.value = value;
  vcpu.registers.setXcrs(state);
}

/** ds, es, fs, gs. */
const DATA_SEGMENTS = [1, 2, 3, 4];

/**
 * A return to an outer level makes data segments null that this may not use. What is left in their hidden
 * parts means nothing: AMD's processors, and QEMU, keep it, and KVM's emulator clears it.
 */
function clearNullSegments(control: VcpuControl, flow: Flow): void {
  const { words } = control;
  if (flow !== Flow.interruptReturn && flow !== Flow.returnFar) return;
  if (!isProtected(words) || isLong(words)) return;
  let changed = false;
  for (const segment of DATA_SEGMENTS) {
    const at = SREGS + segment * SEGMENT_WORDS;
    const isUnusable = ((words[at + 5]! >>> 16) & 0xff) !== 0;
    if (!isUnusable || (words[at + 2] === 0 && words[at + 3] === 0)) continue;
    clearSegment(control, segment);
    changed = true;
  }
  if (!changed) return;
  control.writeBack();
  control.stepPlainly();
}

/** After PUSHF: the pushed flags do not show the stepper's TF. */
function hidePushedTrapFlag(control: VcpuControl): void {
  const top = stackTop(control.words);
  const pushed = control.memory.readNumber(top, 2);
  if (pushed === undefined || (pushed & BigInt(RFLAGS_TF)) === 0n) return;
  control.writeByte(top + 1n, Number((pushed >> 8n) & 0xfen));
}

/**
 * After SYSCALL: R11 does not have the stepper's TF, and the flags are those of before less what IA32_FMASK clears (SDM
 * vol. 2, SYSCALL); QEMU loses the arithmetic ones (seen in 7.2).
 */
function finishSystemCall(control: VcpuControl, view: MachineView): void {
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
