import { arrayOf, byteArray, u16, u32, u64, u64Array, u8 } from './layout.js';
import { struct, type Decoded } from './struct.js';

/** General purpose registers, rip and rflags (KVM_GET_REGS). */
export const kvmRegs = struct('struct kvm_regs', {
  rax: u64,
  rbx: u64,
  rcx: u64,
  rdx: u64,
  rsi: u64,
  rdi: u64,
  rsp: u64,
  rbp: u64,
  r8: u64,
  r9: u64,
  r10: u64,
  r11: u64,
  r12: u64,
  r13: u64,
  r14: u64,
  r15: u64,
  rip: u64,
  rflags: u64,
});
/** General registers, rip and rflags (struct kvm_regs). */
export type Regs = Decoded<typeof kvmRegs>;

/** A segment register with its hidden part. `limit` is in bytes whatever `g` says. */
export const kvmSegment = struct('struct kvm_segment', {
  base: u64,
  limit: u32,
  selector: u16,
  type: u8,
  present: u8,
  dpl: u8,
  db: u8,
  s: u8,
  l: u8,
  g: u8,
  avl: u8,
  unusable: u8,
  padding: u8,
});
/** A segment register with its hidden part (struct kvm_segment). */
export type Segment = Decoded<typeof kvmSegment>;

/** GDTR or IDTR. */
export const kvmDtable = struct('struct kvm_dtable', {
  base: u64,
  limit: u16,
  padding: byteArray(6),
});
/** GDTR or IDTR (struct kvm_dtable). */
export type Dtable = Decoded<typeof kvmDtable>;

/** Segment and control registers (KVM_GET_SREGS). */
export const kvmSregs = struct('struct kvm_sregs', {
  cs: kvmSegment,
  ds: kvmSegment,
  es: kvmSegment,
  fs: kvmSegment,
  gs: kvmSegment,
  ss: kvmSegment,
  tr: kvmSegment,
  ldt: kvmSegment,
  gdt: kvmDtable,
  idt: kvmDtable,
  cr0: u64,
  cr2: u64,
  cr3: u64,
  cr4: u64,
  cr8: u64,
  efer: u64,
  apicBase: u64,
  /** A bit for each pending external interrupt: at most one is set. */
  interruptBitmap: u64Array(4),
});
/** Segment, table and control registers (struct kvm_sregs). */
export type Sregs = Decoded<typeof kvmSregs>;

/** x87 and SSE state in KVM's own arrangement (KVM_GET_FPU); `ftwx` is in FXSAVE's form. */
export const kvmFpu = struct('struct kvm_fpu', {
  fpr: byteArray(8 * 16),
  fcw: u16,
  fsw: u16,
  ftwx: u8,
  pad1: u8,
  lastOpcode: u16,
  lastIp: u64,
  lastDp: u64,
  xmm: byteArray(16 * 16),
  mxcsr: u32,
  pad2: u32,
});
/** x87 and SSE registers (struct kvm_fpu). */
export type Fpu = Decoded<typeof kvmFpu>;

/** The XSAVE area without AMX; KVM_CAP_XSAVE2 tells the real size where it is larger. */
export const kvmXsave = struct('struct kvm_xsave', { region: byteArray(4096) });

/** An extended control register and its number. */
export const kvmXcr = struct('struct kvm_xcr', { xcr: u32, reserved: u32, value: u64 });

/** Extended control registers (KVM_GET_XCRS): the first `nrXcrs` of `xcrs`. */
export const kvmXcrs = struct('struct kvm_xcrs', {
  nrXcrs: u32,
  flags: u32,
  xcrs: arrayOf(kvmXcr, 16),
  padding: u64Array(16),
});
/** The extended control registers (struct kvm_xcrs). */
export type Xcrs = Decoded<typeof kvmXcrs>;

/** DR0–DR3, DR6 and DR7 as the guest sees them (KVM_GET_DEBUGREGS). */
export const kvmDebugregs = struct('struct kvm_debugregs', {
  db: u64Array(4),
  dr6: u64,
  dr7: u64,
  flags: u64,
  reserved: u64Array(9),
});
/** The guest's debug registers (struct kvm_debugregs). */
export type DebugRegs = Decoded<typeof kvmDebugregs>;

/** KVM_GET_MP_STATE: 0 runnable, 1 uninitialized, 2 init received, 3 halted, 4 SIPI received. */
export const kvmMpState = struct('struct kvm_mp_state', { mpState: u32 });

/** An MSR and its value. */
export const kvmMsrEntry = struct('struct kvm_msr_entry', { index: u32, reserved: u32, data: u64 });
/** An MSR and its value (struct kvm_msr_entry). */
export type MsrEntry = Decoded<typeof kvmMsrEntry>;

/** Header of KVM_GET_MSRS and KVM_SET_MSRS; the entries follow. */
export const kvmMsrs = struct('struct kvm_msrs', { nmsrs: u32, pad: u32 });

/** Header of KVM_GET_MSR_INDEX_LIST; 32-bit indices follow. */
export const kvmMsrList = struct('struct kvm_msr_list', { nmsrs: u32 });
