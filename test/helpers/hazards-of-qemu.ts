/**
 * Hazards that come out otherwise in the emulated machine, by title, with what QEMU does there and where
 * (functions of QEMU 7.2, in target/i386/tcg unless it says so). `hazard` expects them to fail there, so
 * that an entry has to go when it is mended.
 */
export const FAIL_IN_QEMU: ReadonlyMap<string, string> = new Map([
  [
    '#GP for a non-canonical address, a bad selector, a reserved CR4 bit and an unknown MSR',
    'non-canonical addresses are #GP through ss, too (get_physical_address in sysemu/excp_helper.c)',
  ],
  [
    'a handler in protected mode that faults with the same vector, until the stack has no room',
    'limits of segments are not checked: a push wraps (PUSHL in seg_helper.c)',
  ],
  [
    '#GP and #SS in real mode: a word at the end of a segment',
    'limits of segments are not checked (gen_lea_v_seg in translate.c)',
  ],
  [
    'vectors that share one handler, as a BIOS has them, are told apart',
    'limits of segments are not checked (gen_lea_v_seg in translate.c)',
  ],
  [
    'WRMSR: the MSRs that KVM lists are registers',
    'IA32_SYSENTER_CS keeps 16 bits (helper_wrmsr in sysemu/misc_helper.c)',
  ],
]);
