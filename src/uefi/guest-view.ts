/** What the firmware sees of the guest that calls it. */
export interface GuestView {
  /** A general register, by its place in struct kvm_regs (rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8 …). */
  register(index: number): bigint;
  /** Guest-physical memory; undefined where there is no RAM. */
  read(gpa: number, sizeBytes: number): Uint8Array | undefined;
}

/** Places in struct kvm_regs. */
export const REGISTER = { rcx: 2, rdx: 3, rsp: 6, r8: 8, r9: 9 } as const;
