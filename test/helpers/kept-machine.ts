/** Recordings whose machine stays as they left it: what KVM has, to hold against the trace. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SideState } from '../../src/capture/side-state.js';
import { loadGuest } from '../../src/guest/formats/load.js';
import { createMachine, markLoaded } from '../../src/recorder/boot-machine.js';
import type { RecordOptions, RecordResult } from '../../src/recorder/options.js';
import { PlatformDevices } from '../../src/recorder/platform-devices.js';
import { recordMachine } from '../../src/recorder/record-machine.js';
import { traceHeader } from '../../src/recorder/header.js';
import type { KvmMachine } from '../../src/machine/kvm-machine.js';
import { MEMORY, writeGuest, type Guest } from './guest.js';

export interface Kept {
  readonly machine: KvmMachine;
  readonly devices: PlatformDevices;
  /** Path of the trace; of `withMachine` there is none yet. */
  readonly output: string;
}

/** Boots the guest and hands its machine over, at the state before the first step. */
export async function withMachine<T>(
  guest: Guest,
  dirty: RecordOptions['dirty'],
  use: (kept: Kept, record: (maxSteps: number) => Promise<RecordResult>) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-kept-'));
  try {
    const { loading } = writeGuest(guest, directory);
    const output = join(directory, 't.db');
    const options: RecordOptions = {
      ...{ ...loading, memory: MEMORY[guest.mode], output, dirty },
      ...{ force: false, fpu: true, onOutput: () => undefined },
    };
    const loaded = loadGuest(loading.guest, { ...loading, memory: options.memory });
    using machine = createMachine(loaded, options);
    const devices = new PlatformDevices({
      portInput: new Uint8Array(),
      memorySize: MEMORY[guest.mode],
      onOutput: () => undefined,
    });
    const record = async (maxSteps: number): Promise<RecordResult> => {
      const msrIndices = machine.kvm.msrIndexList();
      const side = new SideState(machine.vcpu.registers, msrIndices, true);
      const header = traceHeader(loaded, machine, side, options);
      const recorded = { machine, side, devices, header };
      return await recordMachine(recorded, { ...options, maxSteps }, (memory) => {
        markLoaded(loaded, memory, machine);
      });
    };
    return await use({ machine, devices, output }, record);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
