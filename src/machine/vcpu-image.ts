import type { VcpuRegisters } from './vcpu-host.js';
import type { VcpuImage } from './restore.js';
import { isSteadyMsr } from '../x86/msr-names.js';

/** struct kvm_msr_entry: index, reserved, data. */
const MSR_ENTRY_BYTES = 16;

/**
 * The whole vCPU as the kernel's own structures: regs (struct kvm_regs), sregs (kvm_sregs), xsave
 * (the XSAVE area), xcrs (kvm_xcrs), msrs (an array of kvm_msr_entry), events (kvm_vcpu_events),
 * debugregs (kvm_debugregs), mp_state (kvm_mp_state).
 */
export function takeVcpuImage(vcpu: VcpuRegisters, msrIndices: readonly number[]): VcpuImage {
  return {
    regs: vcpu.getRegs().bytes,
    sregs: vcpu.getSregs().bytes,
    xsave: vcpu.getXsave(),
    xcrs: vcpu.getXcrs().bytes,
    msrs: encodeMsrs(vcpu, msrIndices),
    events: vcpu.getVcpuEvents().bytes,
    debugregs: vcpu.getDebugRegs().bytes,
    mp_state: Uint8Array.of(vcpu.getMpState(), 0, 0, 0),
  };
}

function encodeMsrs(vcpu: VcpuRegisters, indices: readonly number[]): Uint8Array {
  const msrs = vcpu.getMsrs(indices.filter(isSteadyMsr));
  const view = new DataView(new ArrayBuffer(msrs.length * MSR_ENTRY_BYTES));
  msrs.forEach(({ index, data }, i) => {
    view.setUint32(i * MSR_ENTRY_BYTES, index, true);
    view.setBigUint64(i * MSR_ENTRY_BYTES + 8, data, true);
  });
  return new Uint8Array(view.buffer);
}
