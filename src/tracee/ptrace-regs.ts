import { hex } from '../base/number-text.js';
import { inputError } from '../base/errors.js';
import type { Regs, Sregs } from '../kvm/abi/registers.js';

/** Registers under the names of ptrace's user_regs_struct. Selectors are bigint too. */
export interface PtraceRegs {
  r15: bigint;
  r14: bigint;
  r13: bigint;
  r12: bigint;
  rbp: bigint;
  rbx: bigint;
  r11: bigint;
  r10: bigint;
  r9: bigint;
  r8: bigint;
  rax: bigint;
  rcx: bigint;
  rdx: bigint;
  rsi: bigint;
  rdi: bigint;
  /** rax: a guest makes no system calls that the host would see. */
  origRax: bigint;
  rip: bigint;
  cs: bigint;
  eflags: bigint;
  rsp: bigint;
  ss: bigint;
  fsBase: bigint;
  gsBase: bigint;
  ds: bigint;
  es: bigint;
  fs: bigint;
  gs: bigint;
}

const GENERAL = [
  ...(['r15', 'r14', 'r13', 'r12', 'rbp', 'rbx', 'r11', 'r10', 'r9', 'r8'] as const),
  ...(['rax', 'rcx', 'rdx', 'rsi', 'rdi', 'rip', 'rsp'] as const),
];

/** What KVM has, as ptrace would show it. */
export function toPtraceRegs(regs: Regs, sregs: Sregs): PtraceRegs {
  const { r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi } = regs;
  const { cs, ss, ds, es, fs, gs } = sregs;
  return {
    ...{ r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi },
    origRax: rax,
    rip: regs.rip,
    cs: BigInt(cs.selector),
    eflags: regs.rflags,
    rsp: regs.rsp,
    ss: BigInt(ss.selector),
    fsBase: fs.base,
    gsBase: gs.base,
    ds: BigInt(ds.selector),
    es: BigInt(es.selector),
    fs: BigInt(fs.selector),
    gs: BigInt(gs.selector),
  };
}

/** Writes the given general registers, rip and eflags. 64 bits count; ~0n is all ones. */
export function applyGeneralRegs(regs: Regs, given: Partial<PtraceRegs>): void {
  for (const name of GENERAL) {
    const value = given[name];
    if (value !== undefined) regs[name] = value;
  }
  if (given.eflags !== undefined) regs.rflags = given.eflags;
}

function canonical(name: string, value: bigint): bigint {
  if (BigInt.asIntN(48, value) === BigInt.asIntN(64, value)) return BigInt.asUintN(64, value);
  throw inputError(
    `${name} cannot be ${hex(BigInt.asUintN(64, value))}: give a canonical address, whose upper 17 bits are alike.`,
  );
}

/** Writes the given bases of FS and GS. Returns whether that changed anything. */
export function applyBases(sregs: Sregs, given: Partial<PtraceRegs>): boolean {
  let changed = false;
  for (const [segment, name] of [
    [sregs.fs, 'fsBase'],
    [sregs.gs, 'gsBase'],
  ] as const) {
    const value = given[name];
    if (value === undefined) continue;
    const base = canonical(name, value);
    changed ||= segment.base !== base;
    segment.base = base;
  }
  return changed;
}
