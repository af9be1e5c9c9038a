import type { Vcpu } from '../kvm/vcpu.js';
import type { Machine } from '../stepper/machine.js';
import { PAGE_BYTES, type SnapshotBlobs } from '../trace/events.js';
import type { EventStream } from '../trace/writer/stream.js';
import { isSteadyMsr } from '../capture/msr-names.js';

/** struct kvm_msr_entry: index, reserved, data. */
const MSR_ENTRY_BYTES = 16;

/**
 * The whole vCPU as the kernel's own structures: regs (struct kvm_regs), sregs (kvm_sregs), xsave
 * (the XSAVE area), xcrs (kvm_xcrs), msrs (an array of kvm_msr_entry), events (kvm_vcpu_events),
 * debugregs (kvm_debugregs), mp_state (kvm_mp_state).
 */
function takeSnapshot(
  vcpu: Vcpu,
  msrIndices: readonly number[],
  devices: Uint8Array,
): SnapshotBlobs {
  return {
    regs: vcpu.getRegs().bytes,
    sregs: vcpu.getSregs().bytes,
    xsave: vcpu.getXsave(),
    xcrs: vcpu.getXcrs().bytes,
    msrs: encodeMsrs(vcpu, msrIndices),
    events: vcpu.getVcpuEvents().bytes,
    debugregs: vcpu.getDebugRegs().bytes,
    mp_state: Uint8Array.of(vcpu.getMpState(), 0, 0, 0),
    devices,
  };
}

function encodeMsrs(vcpu: Vcpu, indices: readonly number[]): Uint8Array {
  const msrs = vcpu.getMsrs(indices.filter(isSteadyMsr));
  const view = new DataView(new ArrayBuffer(msrs.length * MSR_ENTRY_BYTES));
  msrs.forEach(({ index, data }, i) => {
    view.setUint32(i * MSR_ENTRY_BYTES, index, true);
    view.setBigUint64(i * MSR_ENTRY_BYTES + 8, data, true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * Sends the state before the next step: the vCPU, the devices, and the pages that changed since the
 * last snapshot (`changed`: per slot a byte a page, cleared here). In the first snapshot a page that
 * is not there is zero.
 */
export function sendSnapshot(
  stream: EventStream,
  machine: Machine,
  msrIndices: readonly number[],
  devices: Uint8Array,
  changed: readonly Uint8Array[],
  isFirst: boolean,
): void {
  stream.snapshot(takeSnapshot(machine.vcpu, msrIndices, devices));
  changed.forEach((pages, index) => {
    const slot = machine.slots[index]!;
    for (let page = pages.indexOf(1); page >= 0; page = pages.indexOf(1, page + 1)) {
      const start = page * PAGE_BYTES;
      const data = slot.bytes.subarray(start, start + PAGE_BYTES);
      pages[page] = 0;
      if (isFirst && data.every((byte) => byte === 0)) continue;
      stream.snapshotPage(slot.gpa / PAGE_BYTES + page, data);
    }
  });
}
