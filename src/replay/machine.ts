import { hex } from '../base/number-text.js';
import { PAGE_BYTES } from '../base/page.js';
import { SideState } from '../capture/side-state.js';
import { inputError, KvmtraceError } from '../base/errors.js';
import { kvmCpuidEntry2 } from '../kvm/abi/cpuid.js';
import type { KvmHost } from '../kvm/host/host.js';
import { kvmStepTraits } from '../doctor/step-traits.js';
import { KvmMachine } from '../machine/kvm-machine.js';
import type { Machine } from '../machine/machine.js';
import { imageMsrs, restoreVcpu } from '../machine/restore.js';
import { damaged } from '../trace/read/sqlite-errors.js';
import type { Snapshot } from '../trace/read/snapshots.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { compareHosts, type Hosts } from './host.js';

/** A machine as a snapshot has it, ready to step, and the state that KVM does not share. */
export interface ReplayMachine {
  readonly machine: Machine;
  readonly side: SideState;
  readonly snapshot: Snapshot;
  readonly hosts: Hosts;
  /** MSRs that this KVM did not let be what they were. */
  readonly refusedMsrs: readonly number[];
}

/** Who runs a replay, and how written pages are learnt. */
export interface MachineChoice {
  /** Who runs it; default that of `chooseHost`. */
  readonly host?: KvmHost | undefined;
  readonly dirty?: 'auto' | 'ring' | 'log' | undefined;
  /** False: every step is made by itself, as where there is no native loop. */
  readonly bursts?: boolean | undefined;
}

/**
 * Starts the guest again from the newest snapshot at or before state `from`.
 *
 * @throws KvmtraceError (2) for a trace without one, (3) where this machine's KVM cannot do it
 */
export function restoreMachine(
  trace: TraceFile,
  from: number,
  choice: MachineChoice,
): ReplayMachine {
  const snapshot = trace.snapshots.nearest(from);
  if (snapshot === undefined) {
    throw inputError(`${trace.path} has no snapshot to start from: record the guest again`);
  }
  const leaves = trace.snapshots.cpuid();
  const machine = new KvmMachine({
    host: choice.host,
    slots: trace.memory.slots,
    // The processor that the guest saw, not this machine's.
    cpuid: () => leaves.map((leaf) => kvmCpuidEntry2.allocate(leaf)),
    traits: kvmStepTraits,
    dirty: choice.dirty ?? 'auto',
    bursts: choice.bursts,
  });
  try {
    loadMemory(trace, machine, snapshot.step);
    const refusedMsrs = restoreState(trace, machine, snapshot);
    const msrs = imageMsrs(snapshot.blobs).map(({ index }) => index);
    const side = new SideState(machine.vcpu.registers, msrs, trace.meta.get('fpu') !== 0n);
    const hosts = compareHosts(trace, machine);
    return { machine, side, snapshot, hosts, refusedMsrs };
  } catch (error) {
    machine.close();
    throw error;
  }
}

function loadMemory(trace: TraceFile, machine: Machine, state: number): void {
  for (const { page, data } of trace.snapshots.pages(state)) {
    const gpa = page * PAGE_BYTES;
    if (!machine.slots.some((slot) => gpa >= slot.gpa && gpa < slot.gpa + slot.size)) {
      const at = hex(gpa);
      throw damaged(trace.path, `snapshot_page has a page at ${at}, where there is no memory`);
    }
    machine.load(gpa, data);
  }
}

function restoreState(trace: TraceFile, machine: Machine, { step, blobs }: Snapshot): number[] {
  try {
    // Some cannot be set at all, which is no harm where they have the value already.
    return restoreVcpu(machine.vcpu.registers, blobs)
      .filter(({ index, data }) => machine.vcpu.registers.getMsrs([index])[0]?.data !== data)
      .map(({ index }) => index);
  } catch (error) {
    if (error instanceof KvmtraceError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw inputError(
      `${trace.path} has a snapshot of state ${step} that this KVM does not take (${why}): it is damaged, or from a processor that this one is too unlike.`,
      error,
    );
  }
}
