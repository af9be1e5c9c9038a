/**
 * The registers of a trace: ids are stable (they are in files), names are the SDM's in lower case.
 *
 * rip is not among them: it changes with every step and follows from `step.instruction`, so that
 * storing it would double the file. The value after the last step is `meta.final_rip`.
 *
 * Values are 64-bit patterns, stored as SQLite integers (two's complement). Wider registers are
 * split: `xmm0_0` is bits 0-63 of xmm0, `xmm0_1` bits 64-127, `ymm0_2`/`ymm0_3` the upper half of
 * ymm0; `st0` is the 64-bit significand of the x87 stack top, `st0_exponent` its sign and exponent.
 */
export interface RegisterInfo {
  readonly id: number;
  readonly name: string;
  /** Width in bits of the value this entry holds. */
  readonly bits: number;
}

/** The order of struct kvm_regs (linux/kvm.h), which the recorder reads as it stands. */
export const GENERAL_REGISTERS = [
  'rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rsp', 'rbp',
  'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15',
] as const; // prettier-ignore

/** The order of struct kvm_sregs. */
export const SEGMENT_REGISTERS = ['cs', 'ds', 'es', 'fs', 'gs', 'ss', 'tr', 'ldtr'] as const;

/** Id of rflags. */
export const REGISTER_RFLAGS = 16;
/** First of four per segment: selector, base, limit, attributes. */
export const REGISTER_SEGMENTS = 17;
/** Id of the attributes of ss. */
export const REGISTER_SS_ATTRIBUTES = 40;
/** Id of gdtr_base; its limit, then the base and limit of idtr follow. */
export const REGISTER_GDTR_BASE = 49;
/** Id of cr0. */
export const REGISTER_CR0 = 53;
/** Id of cr3. */
export const REGISTER_CR3 = 55;
/** Id of cr4. */
export const REGISTER_CR4 = 56;
/** Id of efer. */
export const REGISTER_EFER = 58;
/** Id of the local APIC's base. */
export const REGISTER_APIC_BASE = 59;
/** dr0, dr1, dr2, dr3, dr6, dr7. */
export const REGISTER_DEBUG = 60;
/** Id of xcr0. */
export const REGISTER_XCR0 = 66;
/** fcw, fsw, ftw, fop, fip, fdp, mxcsr. */
export const REGISTER_FPU_CONTROL = 67;
/** Pairs: significand, exponent. */
export const REGISTER_ST = 74;
/** Pairs: low, high quadword. */
export const REGISTER_XMM = 90;
/** Pairs: third, fourth quadword. */
export const REGISTER_YMM = 122;
/** Model-specific registers have ids from here on, in the order KVM lists them. */
export const REGISTER_MSR = 1000;
/** Ids stay below this: KVM lists some hundred MSRs. */
export const MAX_REGISTERS = 4096;

/** D/B among a segment's attributes, which are as VMX has them (SDM vol. 3, 24.4.1). */
const SEGMENT_BIG = 1 << 14;

/** The register that holds the base of segment 0–5: cs, ds, es, fs, gs, ss. */
export function segmentBase(segment: number): number {
  return REGISTER_SEGMENTS + segment * 4 + 1;
}

/** Width of the stack pointer outside of 64-bit code by ss_attributes; 0 if the trace has none. */
export function stackBitsOf(attributes: number): 0 | 16 | 32 {
  if (attributes === 0) return 0;
  return (attributes & SEGMENT_BIG) !== 0 ? 32 : 16;
}

/** Every register but the MSRs, by id. */
export const REGISTERS: readonly RegisterInfo[] = build();

function build(): RegisterInfo[] {
  const registers: RegisterInfo[] = [];
  const add = (name: string, bits: number): void => {
    registers.push({ id: registers.length, name, bits });
  };
  for (const name of GENERAL_REGISTERS) add(name, 64);
  add('rflags', 64);
  for (const name of SEGMENT_REGISTERS) {
    add(name, 16);
    add(`${name}_base`, 64);
    add(`${name}_limit`, 32);
    add(`${name}_attributes`, 17);
  }
  for (const table of ['gdtr', 'idtr']) {
    add(`${table}_base`, 64);
    add(`${table}_limit`, 16);
  }
  for (const name of ['cr0', 'cr2', 'cr3', 'cr4', 'cr8', 'efer', 'apic_base']) add(name, 64);
  for (const name of ['dr0', 'dr1', 'dr2', 'dr3', 'dr6', 'dr7', 'xcr0']) add(name, 64);
  add('fcw', 16);
  add('fsw', 16);
  add('ftw', 8);
  add('fop', 16);
  add('fip', 64);
  add('fdp', 64);
  add('mxcsr', 32);
  for (let i = 0; i < 8; i++) {
    add(`st${i}`, 64);
    add(`st${i}_exponent`, 16);
  }
  for (let i = 0; i < 16; i++) {
    add(`xmm${i}_0`, 64);
    add(`xmm${i}_1`, 64);
  }
  for (let i = 0; i < 16; i++) {
    add(`ymm${i}_2`, 64);
    add(`ymm${i}_3`, 64);
  }
  return registers;
}
