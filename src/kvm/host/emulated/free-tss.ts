import { KVM_SET_SREGS, type Request } from '../../abi/ioctl.js';
import { kvmSregs } from '../../abi/registers.js';

/** Bit 1 of a TSS descriptor's type: busy (SDM vol. 3, 8.2.2). */
const BUSY = 2;

/**
 * The argument of an ioctl as the emulated machine is to have it: the task register names a TSS that is
 * free. A processor's always is busy, and KVM_GET_SREGS says so whatever KVM has (svm_get_segment sets
 * the bit). But QEMU keeps the descriptor as it was before LTR marked it, takes over what KVM has at
 * VMRUN, and aborts at a busy one where the guest goes to a lower level ("invalid tss type":
 * get_ss_esp_from_tss in target/i386/tcg/seg_helper.c of 7.2 to 10.0), and finds no permission map for
 * I/O in it (helper_check_io).
 */
export function withFreeTss(request: Request, argument: Uint8Array): Uint8Array {
  if (request.number !== KVM_SET_SREGS.number) return argument;
  const sregs = kvmSregs.over(argument.slice());
  sregs.tr.type &= ~BUSY;
  return sregs.bytes;
}
