import { SideState } from '../../capture/side-state.js';
import { inputError } from '../../errors.js';
import { kvmCpuidEntry2 } from '../../kvm/abi/cpuid.js';
import { Machine } from '../../stepper/machine.js';
import { imageMsrs, restoreVcpu } from '../../stepper/restore.js';
import type { Snapshot } from '../../trace/reader/snapshots.js';
import type { TraceFile } from '../../trace/reader/trace-file.js';

const PAGE_BYTES = 4096;

/** A machine as a snapshot has it, ready to step, and the state that KVM does not share. */
export interface ReplayMachine {
  readonly machine: Machine;
  readonly side: SideState;
  readonly snapshot: Snapshot;
}

/**
 * Starts the guest again from the newest snapshot at or before state `from`.
 *
 * @throws KvmtraceError (2) for a trace without one, (3) where this machine's KVM cannot do it
 */
export function restoreMachine(
  trace: TraceFile,
  from: number,
  options: { device?: string | undefined; dirty?: 'auto' | 'ring' | 'log' | undefined } = {},
): ReplayMachine {
  const snapshot = trace.snapshots.nearest(from);
  if (snapshot === undefined) {
    throw inputError(`${trace.path} has no snapshot to start from: record the guest again`);
  }
  const leaves = trace.snapshots.cpuid();
  const machine = new Machine({
    device: options.device,
    slots: trace.memory.slots,
    // The processor that the guest saw, not this machine's.
    cpuid: () => leaves.map((leaf) => kvmCpuidEntry2.allocate(leaf)),
    dirty: options.dirty ?? 'auto',
  });
  try {
    for (const { page, data } of trace.snapshots.pages(snapshot.step)) {
      machine.load(page * PAGE_BYTES, data);
    }
    restoreVcpu(machine.vcpu, snapshot.blobs);
    const msrs = imageMsrs(snapshot.blobs).map(({ index }) => index);
    const side = new SideState(machine.vcpu, msrs, trace.meta.get('fpu') !== 0n);
    return { machine, side, snapshot };
  } catch (error) {
    machine.close();
    throw error;
  }
}
