/**
 * Hazards that come out otherwise in the emulated machine, by title, with what is at fault: QEMU 7.2, or the
 * expectation, which is that of another kind of KVM. `hazard` expects them to fail there, so that an entry
 * has to go when it is mended.
 */
export const FAIL_IN_QEMU: ReadonlyMap<string, string> = new Map([
  [
    '#PF on a read, a write, a read-modify-write and a fetch: error code and CR2',
    'RMW faults as a read',
  ],
  [
    '#GP for a non-canonical address, a bad selector, a reserved CR4 bit and an unknown MSR',
    '#GP where #SS is right',
  ],
  [
    'a handler in protected mode that faults with the same vector, until the stack has no room',
    'rsp wraps where the stack has no room',
  ],
  [
    '#UD, #DE in real mode: handlers that begin with NOP, PUSH, OUT, IN, HLT',
    'exceptions of real mode that KVM does not intercept are never delivered',
  ],
  [
    '#GP and #SS in real mode: a word at the end of a segment',
    'exceptions of real mode that KVM does not intercept are never delivered',
  ],
  [
    'vectors that share one handler, as a BIOS has them, are told apart',
    'exceptions of real mode that KVM does not intercept are never delivered',
  ],
  [
    '#UD through a table whose limit is 0, which this KVM does not look at',
    'what is expected is the software KVM: SVM looks at the limit',
  ],
  [
    'RDTSC, RDPMC and CPUID are inputs',
    'the counter of a new machine has nothing in its high half',
  ],
  ['RDTSC and CPUID in real mode', 'the counter of a new machine has nothing in its high half'],
  ['INT1 (ICEBP) in real mode', 'INT1 is no interrupt'],
  ['INT n in long mode without a gate is #GP', 'the error code has the vector times 16'],
  ['#PF in protected mode with PAE paging', 'entries of the PDPT get Accessed bits'],
  ['WRMSR: the MSRs that KVM lists are registers', 'IA32_SYSENTER_CS keeps 16 bits'],
]);

/** Hazards that end QEMU 7.2 and 10.0 ("invalid tss type": they refuse a busy TSS). */
export const END_QEMU: ReadonlySet<string> = new Set([
  'IRETD to level 3 in protected mode, INT 0x80 back, and faults from there',
  'faults of level 3 in protected mode: #UD, #DE and #GP',
]);
