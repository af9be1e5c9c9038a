/**
 * The vCPU's registers as 32-bit words, in the order in which KVM shares them through the run page:
 * struct kvm_regs (36 words) and, right behind it, struct kvm_sregs (78 words). The stepping loop
 * reads these words in place; nothing here is copied per step.
 */
import { CR0_PE, EFER_LMA } from '../x86/control-bits.js';
import { wide } from '../base/halves.js';
import { kvmRegs, kvmSregs } from '../kvm/abi/registers.js';
import type { Mode } from '../x86/iced.js';
import type { AddressRegisters } from '../x86/linear-address.js';
import type { PagingState } from '../x86/page-walk.js';

const REGS_WORDS = kvmRegs.sizeBytes >> 2;
const SREGS_WORDS = kvmSregs.sizeBytes >> 2;
/** Words of all registers that KVM shares. */
export const MACHINE_WORDS = REGS_WORDS + SREGS_WORDS;

/** General register i is words 2i and 2i + 1. */
export const RCX = kvmRegs.offsets.rcx >> 2;
/** The index of the first word of rsp. */
export const RSP = kvmRegs.offsets.rsp >> 2;
/** The index of the first word of rip. */
export const RIP = kvmRegs.offsets.rip >> 2;
/** The index of the first word of rflags. */
export const RFLAGS = kvmRegs.offsets.rflags >> 2;

/** Where struct kvm_sregs begins. */
export const SREGS = REGS_WORDS;
/** Words of a segment register; segment i begins at SREGS + i * SEGMENT_WORDS. */
export const SEGMENT_WORDS = 6;
/** The index of the first word of cs. */
export const CS = SREGS;
/** The index of the first word of ss. */
export const SS = SREGS + 5 * SEGMENT_WORDS;
/** The index of the first word of tr. */
export const TR = SREGS + 6 * SEGMENT_WORDS;
/** The index of the first word of ldtr. */
export const LDTR = SREGS + 7 * SEGMENT_WORDS;
/** The index of the first word of the GDT register. */
export const GDT = SREGS + (kvmSregs.offsets.gdt >> 2);
/** The index of the first word of the IDT register. */
export const IDT = SREGS + (kvmSregs.offsets.idt >> 2);
/** The index of the first word of CR0. */
export const CR0 = SREGS + (kvmSregs.offsets.cr0 >> 2);
/** The index of the first word of CR2. */
export const CR2 = SREGS + (kvmSregs.offsets.cr2 >> 2);
/** The index of the first word of CR3. */
export const CR3 = SREGS + (kvmSregs.offsets.cr3 >> 2);
/** The index of the first word of CR4. */
export const CR4 = SREGS + (kvmSregs.offsets.cr4 >> 2);
/** The index of the first word of EFER. */
export const EFER = SREGS + (kvmSregs.offsets.efer >> 2);
/** The index of the first word of the APIC base. */
export const APIC_BASE = SREGS + (kvmSregs.offsets.apicBase >> 2);

/** CF, PF, AF, ZF, SF, OF. */
export const ARITHMETIC_FLAGS = 0x8d5;
/** The trap flag: single step. */
export const RFLAGS_TF = 1 << 8;
/** The interrupt flag. */
export const RFLAGS_IF = 1 << 9;
/** The direction flag: string instructions go down. */
export const RFLAGS_DF = 1 << 10;
/** Nested task. */
export const RFLAGS_NT = 1 << 14;
/** The resume flag. */
export const RFLAGS_RF = 1 << 16;
/** Virtual 8086 mode. */
export const RFLAGS_VM = 1 << 17;
/** What stepping itself leaves in rflags (KVM sets TF; RF marks a REP that was interrupted). */
export const STEPPING_FLAGS = RFLAGS_TF | RFLAGS_RF;

/** Operand size of the code segment: what the decoder needs to know. */
export function modeOf(words: Int32Array): Mode {
  // Bytes 16–19 of a segment: dpl, db, s, l.
  const attributes = words[CS + 4]!;
  if (attributes >>> 24 !== 0 && (words[EFER]! & EFER_LMA) !== 0) return 64;
  return (attributes & 0x100) !== 0 ? 32 : 16;
}

/** Where rip stands as a linear address: 64-bit code has no segment base (SDM vol. 3, 3.2.4). */
export function linearRip(words: Int32Array): bigint {
  const rip = wide(words[RIP]!, words[RIP + 1]!);
  return modeOf(words) === 64 ? rip : BigInt.asUintN(32, rip + BigInt(words[CS]! >>> 0));
}

/** Whether CR0.PE is set: protected or long mode. */
export function isProtected(words: Int32Array): boolean {
  return (words[CR0]! & CR0_PE) !== 0;
}

/** Long mode is active: 64-bit and compatibility code. */
export function isLong(words: Int32Array): boolean {
  return (words[EFER]! & EFER_LMA) !== 0;
}

/** The current privilege level: the DPL of ss (SDM vol. 3, 6.5). */
export function privilegeOf(words: Int32Array): number {
  return isProtected(words) ? words[SS + 4]! & 0xff : 0;
}

/** The registers that paging goes by. */
export function pagingStateOf(words: Int32Array): PagingState {
  return {
    cr0: words[CR0]!,
    cr3Low: words[CR3]!,
    cr3High: words[CR3 + 1]!,
    cr4: words[CR4]!,
    efer: words[EFER]!,
  };
}

/** What addresses of operands follow from, in the words. */
export class WordRegisters implements AddressRegisters {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  generalLow(index: number): number {
    return this.#words[2 * index]!;
  }

  generalHigh(index: number): number {
    return this.#words[2 * index + 1]!;
  }

  baseLow(segment: number): number {
    return this.#words[SREGS + segment * SEGMENT_WORDS]!;
  }

  baseHigh(segment: number): number {
    return this.#words[SREGS + segment * SEGMENT_WORDS + 1]!;
  }

  stackBits(): 16 | 32 {
    return (this.#words[SS + 4]! & 0x100) !== 0 ? 32 : 16;
  }
}
