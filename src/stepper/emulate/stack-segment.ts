/**
 * MOV SS and POP SS, carried out in KVM's place. A CPU holds debug exceptions back until the instruction
 * after them has run (SDM vol. 3, 7.8.3; APM vol. 2, 8.2.2), so that no exit comes between the two.
 * Only loads that succeed are done here: one that faults holds nothing back, and KVM runs it.
 */
import { LinearAddress } from '../../x86/linear-address.js';
import { loadSegment, readDescriptor, type Descriptor } from './segment.js';
import type { Code } from '../code-cache.js';
import {
  isLong,
  isProtected,
  modeOf,
  privilegeOf,
  RFLAGS,
  RFLAGS_VM,
  RIP,
  RSP,
  SEGMENT_WORDS,
  SREGS,
  SS,
  WordRegisters,
} from '../../machine/register-words.js';
import type { VcpuControl } from '../vcpu-control.js';

const STACK_SEGMENT = 5;
const SELECTOR_BYTES = 2;
const UNUSABLE = 1 << 16;

/** Loads ss and moves rip behind the instruction; false, with nothing changed, where it would fault. */
export function loadStackSegment(control: VcpuControl, code: Code): boolean {
  const selector = sourceOf(control, code);
  if (selector === undefined) return false;
  const isWideStack = (control.words[SS + 4]! & 0x100) !== 0;
  if (!isProtected(control.words) || (control.words[RFLAGS]! & RFLAGS_VM) !== 0) {
    loadRealMode(control.words, selector);
  } else {
    const descriptor = checkDescriptor(control, selector);
    if (descriptor === undefined) return false;
    if (descriptor === 'null') loadNull(control.words, selector);
    else loadSegment(control, STACK_SEGMENT, selector, descriptor);
  }
  const { words } = control;
  moveStack(words, code.class.stackDelta ?? 0, isWideStack);
  words[RIP] = code.nextLow;
  words[RIP + 1] = code.nextHigh;
  control.writeBack();
  control.stepPlainly();
  return true;
}

/** The selector, from a register, memory or the stack; undefined where RAM does not hold it. */
function sourceOf({ words, memory }: VcpuControl, code: Code): number | undefined {
  const operand = code.class.operands.find(({ reads }) => reads);
  if (operand === undefined) {
    const register = code.class.source;
    return register < 0 ? undefined : words[2 * register]! & 0xffff;
  }
  const address = new LinearAddress();
  address.of(operand, new WordRegisters(words), modeOf(words) === 64);
  const value = memory.readNumber(address.value, SELECTOR_BYTES);
  return value === undefined ? undefined : Number(value & 0xffffn);
}

/** SDM vol. 2, MOV: what ss may be loaded with. Undefined for what raises an exception. */
function checkDescriptor(control: VcpuControl, selector: number): Descriptor | 'null' | undefined {
  const { words } = control;
  const level = privilegeOf(words);
  if ((selector & 0xfffc) === 0) {
    const mayBeNull =
      isLong(words) && modeOf(words) === 64 && level < 3 && (selector & 3) === level;
    return mayBeNull ? 'null' : undefined;
  }
  const descriptor = readDescriptor(control, selector);
  if (descriptor === undefined || !descriptor.isWritableData || !descriptor.present)
    return undefined;
  return (selector & 3) === level && descriptor.dpl === level ? descriptor : undefined;
}

/** Real mode keeps limit and attributes as they are (SDM vol. 3, 21.1.3). */
function loadRealMode(words: Int32Array, selector: number): void {
  words[SS] = selector << 4;
  words[SS + 1] = 0;
  words[SS + 3] = (words[SS + 3]! & ~0xffff) | selector;
}

/** A null ss has the level of its selector as DPL, from which the level of privilege follows. */
function loadNull(words: Int32Array, selector: number): void {
  const at = SREGS + STACK_SEGMENT * SEGMENT_WORDS;
  words.fill(0, at, at + SEGMENT_WORDS);
  words[at + 3] = selector;
  words[at + 4] = selector & 3;
  words[at + 5] = UNUSABLE;
}

/** POP SS: by the width of the stack as it was before. */
function moveStack(words: Int32Array, bytes: number, isWide: boolean): void {
  if (bytes === 0) return;
  const sum = words[RSP]! + bytes;
  words[RSP] = isWide ? sum : (words[RSP]! & ~0xffff) | (sum & 0xffff);
  words[RSP + 1] = 0;
}
