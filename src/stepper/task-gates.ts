/**
 * Exceptions and interrupts through task gates, where KVM steps by the trap flag: nothing is pushed on the
 * stack, the state before goes into the task's TSS, and the handler is another task (SDM vol. 3, 6.12.2
 * and 8.3).
 */
import { wide } from '../base/halves.js';
import { isLong, isProtected, linearRip, RFLAGS_TF, RIP, TR } from '../machine/register-words.js';
import type { Delivery } from './delivered.js';
import { stackTop } from './expected-rip.js';
import { gateTask } from './far-target.js';
import { gateEntry, hasErrorCode } from './gates.js';
import type { VcpuControl } from './vcpu-control.js';

/** A gate of the IDT that switches to another task. */
export interface TaskGate {
  readonly vector: number;
  /** The linear address of that task's first instruction. */
  readonly task: bigint;
  /** Where its TSS lies, and what names it. */
  readonly tss: bigint;
  readonly selector: number;
}

/** Where a TSS keeps eip and eflags, and their size (SDM vol. 3, 8.2.1 and 8.6). */
const TSS_32 = { eip: 0x20n, flags: 0x24n, wordBytes: 4 } as const;
const TSS_16 = { eip: 0xen, flags: 0x10n, wordBytes: 2 } as const;
/** Of a TSS descriptor's type: it is one of 32 bits. */
const IS_32_BIT = 8;
/** RF, in the third byte of the flags. */
const RF_BYTE = 1n;

/** Those of `vectors` that are task gates. */
export function taskGates(control: VcpuControl, vectors: readonly number[]): TaskGate[] {
  const { before, memory } = control;
  if (!control.stepsByTrapFlag || !isProtected(before) || isLong(before)) return [];
  return [...new Set(vectors)].flatMap((vector) => {
    const target = gateTask(gateEntry(vector, before, memory), before, memory);
    // Where the vCPU stands in that task already, its TSS is busy and the gate leads nowhere.
    if (target?.kind !== 'task' || target.linear === linearRip(before)) return [];
    const { linear: task, tss, selector } = target;
    return [{ vector, task, tss, selector }];
  });
}

/** The delivery of a fault whose task the vCPU stands at; undefined where it is not that of the step. */
export function describeTaskFault(control: VcpuControl, gate: TaskGate): Delivery | undefined {
  const { before, words, memory } = control;
  const { layout, at } = taskLeft(control);
  const rip = wide(before[RIP]!, before[RIP + 1]!);
  const saved = memory.readNumber(at + layout.eip, layout.wordBytes);
  if (saved !== undefined && BigInt.asUintN(8 * layout.wordBytes, saved ^ rip) !== 0n) {
    return undefined;
  }
  cleanTaskLeft(control);
  markTaskLeft(control);
  const carries = hasErrorCode(gate.vector);
  const size = layoutOf(words).wordBytes;
  const top = carries ? memory.readNumber(stackTop(words), size) : undefined;
  return {
    kind: 'fault',
    vector: gate.vector,
    errorCode: carries ? Number(BigInt.asUintN(8 * size, top ?? 0n)) : undefined,
    rip,
    assisted: false,
  };
}

/** After a task switch: the flags in the TSS of the task that was left do not show the stepper's TF. */
export function cleanTaskLeft(control: VcpuControl): void {
  const { layout, at } = taskLeft(control);
  const second = at + layout.flags + 1n;
  const saved = control.memory.readNumber(second, 1);
  if (saved === undefined) return;
  const byte = Number(saved & 0xffn);
  if ((byte & (RFLAGS_TF >> 8)) !== 0) control.writeByte(second, byte & ~(RFLAGS_TF >> 8));
}

/** The flags that a fault saves have RF set (SDM vol. 3, 19.3.1.1), which QEMU leaves out (seen in 7.2). */
function markTaskLeft(control: VcpuControl): void {
  const { layout, at } = taskLeft(control);
  if (layout.wordBytes !== 4) return;
  const third = at + layout.flags + 2n;
  const saved = control.memory.readNumber(third, 1);
  if (saved === undefined || (saved & RF_BYTE) !== 0n) return;
  control.writeByte(third, Number((saved & 0xffn) | RF_BYTE));
}

function taskLeft({ before }: VcpuControl): { layout: typeof TSS_32 | typeof TSS_16; at: bigint } {
  return { layout: layoutOf(before), at: wide(before[TR]!, before[TR + 1]!) };
}

function layoutOf(words: Int32Array): typeof TSS_32 | typeof TSS_16 {
  return ((words[TR + 3]! >>> 16) & IS_32_BIT) !== 0 ? TSS_32 : TSS_16;
}
