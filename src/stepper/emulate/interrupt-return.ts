/**
 * IRET and IRETD in protected mode, which KVM's emulator refuses (em_iret in arch/x86/kvm/emulate.c
 * knows real mode only). Follows the operation section of IRET in the SDM, vol. 2.
 */
import type { InstructionClass } from '../../x86/instruction-class.js';
import { stackTop } from '../expected-rip.js';
import {
  privilegeOf,
  RFLAGS,
  RFLAGS_IF,
  RFLAGS_NT,
  RFLAGS_VM,
  RIP,
  RSP,
  SEGMENT_WORDS,
  SREGS,
  SS,
} from '../../machine/register-words.js';
import type { VcpuControl } from '../vcpu-control.js';
import { GENERAL_PROTECTION, NOT_PRESENT, STACK_FAULT, type RaisedException } from './raise.js';
import { clearSegment, loadSegment, readDescriptor, type Descriptor } from './segment.js';

const CS = 0;
const STACK_SEGMENT = 5;
/** ds, es, fs, gs. */
const DATA_SEGMENTS = [1, 2, 3, 4];

const IOPL = 3 << 12;
const ALWAYS_SET = 2;
/** CF PF AF ZF SF TF DF OF NT RF AC ID: what any privilege level may load. */
const COMMON_FLAGS = 0x254dd5;
/** VIF and VIP, which only level 0 may load. */
const VIRTUAL_INTERRUPT_FLAGS = 0x180000;

/** What the instruction did; 'refused' where it is a task or virtual-8086 return. */
export type Emulated = 'done' | 'refused' | RaisedException;

/** Carries out the return on the registers of `control` and writes them back. */
export function interruptReturn(control: VcpuControl, instruction: InstructionClass): Emulated {
  const { words, memory } = control;
  const privilege = privilegeOf(words);
  if ((words[RFLAGS]! & RFLAGS_NT) !== 0) return 'refused';
  const size = instruction.branchSize;
  const top = stackTop(words);
  const pop = (slot: number): number | undefined => {
    const value = memory.readNumber(top + BigInt(slot * size), size);
    return value === undefined ? undefined : Number(BigInt.asUintN(size * 8, value));
  };
  const [rip, selectorSlot, flags] = [pop(0), pop(1), pop(2)];
  if (rip === undefined || selectorSlot === undefined || flags === undefined) return 'refused';
  if ((flags & RFLAGS_VM) !== 0 && privilege === 0) return 'refused';
  const selector = selectorSlot & 0xffff;
  const code = checkCode(control, selector, privilege, rip);
  if ('vector' in code) return code;
  const outer = (selector & 3) > privilege;
  const stack = outer ? checkStack(control, pop(4), selector & 3) : undefined;
  if (stack !== undefined && 'vector' in stack) return stack;

  loadSegment(control, CS, selector, code);
  words[RIP] = rip;
  words[RIP + 1] = 0;
  loadFlags(words, flags, size, privilege);
  if (stack === undefined) moveStack(words, 3 * size);
  else {
    loadSegment(control, STACK_SEGMENT, pop(4)! & 0xffff, stack);
    words[RSP] = size === 2 ? (words[RSP]! & ~0xffff) | pop(3)! : pop(3)!;
    hideInnerSegments(control, selector & 3);
  }
  control.writeBack();
  return 'done';
}

function checkCode(
  control: VcpuControl,
  selector: number,
  privilege: number,
  rip: number,
): Descriptor | RaisedException {
  const errorCode = selector & 0xfffc;
  const fault: RaisedException = { vector: GENERAL_PROTECTION, errorCode };
  const descriptor = readDescriptor(control, selector);
  const level = selector & 3;
  if (descriptor === undefined || !descriptor.isCode || level < privilege) return fault;
  if (descriptor.isConforming ? descriptor.dpl > level : descriptor.dpl !== level) return fault;
  if (!descriptor.present) return { vector: NOT_PRESENT, errorCode };
  if (rip > descriptor.limit) return { vector: GENERAL_PROTECTION, errorCode: 0 };
  return descriptor;
}

function checkStack(
  control: VcpuControl,
  slot: number | undefined,
  level: number,
): Descriptor | RaisedException {
  const selector = (slot ?? 0) & 0xffff;
  const errorCode = selector & 0xfffc;
  const descriptor = readDescriptor(control, selector);
  if (descriptor === undefined || (selector & 3) !== level) {
    return { vector: GENERAL_PROTECTION, errorCode };
  }
  if (!descriptor.isWritableData || descriptor.dpl !== level) {
    return { vector: GENERAL_PROTECTION, errorCode };
  }
  if (!descriptor.present) return { vector: STACK_FAULT, errorCode };
  return descriptor;
}

/** Which flags change depends on the level that returns (SDM vol. 2, IRET). */
function loadFlags(words: Int32Array, popped: number, size: number, privilege: number): void {
  const old = words[RFLAGS]!;
  let mask = COMMON_FLAGS;
  if (privilege <= (old & IOPL) >>> 12) mask |= RFLAGS_IF;
  if (privilege === 0) mask |= IOPL | VIRTUAL_INTERRUPT_FLAGS;
  if (size === 2) mask &= 0xffff;
  words[RFLAGS] = (old & ~mask) | (popped & mask) | ALWAYS_SET;
}

function moveStack(words: Int32Array, bytes: number): void {
  const wide = (words[SS + 4]! & 0x100) !== 0;
  const sum = words[RSP]! + bytes;
  words[RSP] = wide ? sum : (words[RSP]! & ~0xffff) | (sum & 0xffff);
  words[RSP + 1] = 0;
}

/** Data segments that the outer level may not use become null. */
function hideInnerSegments(control: VcpuControl, level: number): void {
  for (const segment of DATA_SEGMENTS) {
    const at = SREGS + segment * SEGMENT_WORDS;
    const type = (control.words[at + 3]! >>> 16) & 0xf;
    const dpl = control.words[at + 4]! & 0xff;
    const conforming = (type & 0xc) === 0xc;
    if (dpl < level && !conforming) clearSegment(control, segment);
  }
}
