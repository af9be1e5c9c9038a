import { kvmDebugregs, kvmRegs, kvmSregs, kvmXcrs } from '../kvm/abi/registers.js';
import { kvmVcpuEvents } from '../kvm/abi/events.js';
import type { VcpuRegisters } from './vcpu-host.js';

/** A vCPU as the kernel's own structures, byte for byte (see the `snapshot` table). */
export interface VcpuImage {
  readonly regs: Uint8Array;
  readonly sregs: Uint8Array;
  readonly xsave: Uint8Array;
  readonly xcrs: Uint8Array;
  /** An array of struct kvm_msr_entry. */
  readonly msrs: Uint8Array;
  readonly events: Uint8Array;
  readonly debugregs: Uint8Array;
  readonly mp_state: Uint8Array;
}

const MSR_ENTRY_BYTES = 16;

/** The MSRs of an image: their order is that of the trace's MSR registers. */
export function imageMsrs(image: VcpuImage): { index: number; data: bigint }[] {
  const { buffer, byteOffset, byteLength } = image.msrs;
  const view = new DataView(buffer, byteOffset, byteLength);
  return Array.from({ length: Math.floor(byteLength / MSR_ENTRY_BYTES) }, (_, i) => ({
    index: view.getUint32(i * MSR_ENTRY_BYTES, true),
    data: view.getBigUint64(i * MSR_ENTRY_BYTES + 8, true),
  }));
}

/**
 * Makes a vCPU what it was. The order matters: sregs decide what the rest means, XCR0 must allow what
 * the XSAVE area holds, and events come last, as other calls clear them (KVM api.rst, 4.32).
 *
 * @returns the MSRs that this KVM refuses to set
 */
export function restoreVcpu(
  vcpu: VcpuRegisters,
  image: VcpuImage,
): { index: number; data: bigint }[] {
  vcpu.setSregs(kvmSregs.over(image.sregs.slice()));
  vcpu.setRegs(kvmRegs.over(image.regs.slice()));
  vcpu.setXcrs(kvmXcrs.over(image.xcrs.slice()));
  vcpu.setXsave(image.xsave.slice());
  const refused = vcpu.setMsrs(imageMsrs(image));
  vcpu.setDebugRegs(kvmDebugregs.over(image.debugregs.slice()));
  vcpu.setMpState(image.mp_state[0] ?? 0);
  vcpu.setVcpuEvents(kvmVcpuEvents.over(image.events.slice()));
  return refused;
}
