/**
 * What QEMU needs before an exception can go through a task gate. Where KVM has to make a page writable
 * first, for its log of written pages, it injects the exception once more. But QEMU pushes the error code
 * when it has switched already (do_interrupt_protected in target/i386/tcg/seg_helper.c, 7.2): the exception
 * then comes out of the new task, whose TSS is busy. And it takes what is injected for the first of a
 * series (helper_vmrun sets no old_exception): a double fault is none any more. A processor of silicon
 * has KVM switch tasks, which does not stop in between.
 */
import { wide, lowWord, highWord } from '../base/halves.js';
import { EXIT } from '../kvm/abi/exit-reason.js';
import { kvmRegs, kvmSregs } from '../kvm/abi/registers.js';
import { linearRip, MACHINE_WORDS, SREGS, TR } from '../machine/register-words.js';
import { baseOf, descriptorAddress, descriptorOf, hasErrorCode } from './gates.js';
import type { TaskGate } from './task-gates.js';
import type { VcpuControl } from './vcpu-control.js';

/** mov [ebx], al; hlt. */
const STORE_AND_HALT = Uint8Array.of(0x88, 0x03, 0xf4);
const WORD_BYTES = 4n;
const PAGE_SHIFT = 12n;
/** Where a TSS of 32 bits keeps esp and ss. */
const ESP = 0x38n;
const SS = 0x50n;
const RFLAGS_FIXED = 2n;
/** Types of segments: code that can be read, data that can be written, both accessed. */
const CODE = 11;
const DATA = 3;
/** A segment of 4 GiB and 32 bits, at level 0. */
const FLAT = {
  ...{ base: 0n, limit: 0xffff_ffff, present: 1, dpl: 0, db: 1, s: 1, l: 0, g: 1 },
  ...{ avl: 0, unusable: 0 },
} as const;

/** A signal ends a run of two instructions at most this often. */
const MAX_RUNS = 100;

/**
 * Has the vCPU write to what a switch to one of the tasks writes, so that KVM lets it do so until the
 * written pages are collected. Registers and memory are the same afterwards.
 */
export function makeTasksWritable(control: VcpuControl, tasks: readonly TaskGate[]): void {
  if (!control.vcpu.isEmulated || tasks.length === 0) return;
  const { before } = control;
  const places = [wide(before[TR]!, before[TR + 1]!)];
  for (const gate of tasks) {
    places.push(gate.tss, descriptorAddress(gate.selector, before));
    const top = hasErrorCode(gate.vector) ? stackOf(control, gate) : undefined;
    if (top !== undefined) places.push(BigInt.asUintN(32, top - WORD_BYTES));
  }
  const byPage = new Map(places.map((place) => [place >> PAGE_SHIFT, place]));
  for (const place of byPage.values()) store(control, place);
}

function stackOf({ before, memory }: VcpuControl, { tss }: TaskGate): bigint | undefined {
  const esp = memory.readNumber(tss + ESP, 4);
  const ss = memory.readNumber(tss + SS, 2);
  if (esp === undefined || ss === undefined) return undefined;
  const descriptor = descriptorOf(Number(ss & 0xffffn), before, memory);
  return descriptor === undefined ? undefined : baseOf(descriptor) + (esp & 0xffffffffn);
}

/** Stores what is there already. */
function store(control: VcpuControl, address: bigint): void {
  const { vcpu, words, memory } = control;
  const value = memory.readNumber(address, 1);
  const code = linearRip(words);
  if (value === undefined || !memory.locate(lowWord(code), highWord(code))) return;
  const { bytes, offset } = memory;
  const slot = memory.slots.find((each) => each.bytes === bytes)!;
  const saved = bytes.slice(offset, offset + STORE_AND_HALT.length);
  if (saved.length < STORE_AND_HALT.length) return;
  const put = (some: Uint8Array): void => {
    bytes.set(some, offset);
    vcpu.wrote(slot.address + offset, some.length);
  };
  const before = words.slice();
  put(STORE_AND_HALT);
  setFlatRegisters(control, code, address, value & 0xffn);
  vcpu.runFreely();
  for (let i = 0; i < MAX_RUNS; i++) {
    if (vcpu.enter() === 0 && vcpu.exitReason === EXIT.KVM_EXIT_HLT) break;
  }
  put(saved);
  words.set(before);
  control.writeBack();
}

/** Level 0, 32 bits, with segments of 4 GiB, and paging as it is. */
function setFlatRegisters(
  { vcpu, words }: VcpuControl,
  rip: bigint,
  rbx: bigint,
  rax: bigint,
): void {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, MACHINE_WORDS * 4);
  const sregs = kvmSregs.over(bytes.slice(SREGS * 4));
  sregs.cs.assign({ ...FLAT, selector: 8, type: CODE });
  for (const name of ['ds', 'ss'] as const) {
    sregs[name].assign({ ...FLAT, selector: 16, type: DATA });
  }
  sregs.idt.limit = 0;
  sregs.interruptBitmap.fill(0n);
  vcpu.registers.setSregs(sregs);
  const regs = kvmRegs.over(bytes.slice(0, SREGS * 4));
  regs.assign({ rip, rbx, rax, rflags: RFLAGS_FIXED });
  vcpu.registers.setRegs(regs);
}
