/** Names of the MSRs that KVM saves (SDM vol. 4; arch/x86/include/asm/msr-index.h). */
const NAMES = new Map<number, string>([
  [0x10, 'tsc'],
  [0x3a, 'feature_control'],
  [0x3b, 'tsc_adjust'],
  [0x48, 'spec_ctrl'],
  [0x8b, 'bios_sign_id'],
  [0x9e, 'smbase'],
  [0xc1, 'perfctr0'],
  [0x174, 'sysenter_cs'],
  [0x175, 'sysenter_esp'],
  [0x176, 'sysenter_eip'],
  [0x186, 'evntsel0'],
  [0x1a0, 'misc_enable'],
  [0x1c4, 'xfd'],
  [0x1c5, 'xfd_err'],
  [0x1d9, 'debugctl'],
  [0x277, 'pat'],
  [0x2ff, 'mtrr_def_type'],
  [0x6e0, 'tsc_deadline'],
  [0xda0, 'xss'],
  [0xc0000080, 'efer'],
  [0xc0000081, 'star'],
  [0xc0000082, 'lstar'],
  [0xc0000083, 'cstar'],
  [0xc0000084, 'syscall_mask'],
  [0xc0000100, 'fs_base'],
  [0xc0000101, 'gs_base'],
  [0xc0000102, 'kernel_gs_base'],
  [0xc0000103, 'tsc_aux'],
]);

/** `msr_lstar`, or `msr_c0011029` for those without a common name. */
export function msrName(index: number): string {
  return `msr_${NAMES.get(index) ?? index.toString(16).padStart(8, '0')}`;
}

/** Counters of the host that run by themselves: they are inputs when read, not state. */
const RUNNING = new Set([
  0x10, // TSC
  0x11, // KVM wall clock, old
  0x12, // KVM system time, old
  0x4b564d00, // KVM wall clock
  0x4b564d01, // KVM system time
  0x6e0, // TSC deadline
  0x40000020, // Hyper-V time reference count
]);

/** Whether an MSR's value is the guest's doing alone. */
export function isSteadyMsr(index: number): boolean {
  return !RUNNING.has(index);
}
