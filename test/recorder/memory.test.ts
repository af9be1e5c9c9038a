/**
 * Memory reconstructed from the trace equals the guest's memory as KVM has it, byte for byte, at
 * random steps and with either way to find written pages. Recording to a step and stopping there
 * leaves the machine as it is at that step: it is compared whole, also where nothing was reported.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SideState } from '../../src/capture/side-state.js';
import { loadGuest } from '../../src/guest/formats/load.js';
import { createMachine, markLoaded } from '../../src/recorder/boot-machine.js';
import type { RecordOptions } from '../../src/recorder/options.js';
import { PlatformDevices } from '../../src/recorder/platform-devices.js';
import { recordMachine } from '../../src/recorder/record-machine.js';
import { traceHeader } from '../../src/recorder/header.js';
import { Trace } from '../../src/query/trace.js';
import { fewer, kvmTest } from '../helpers/kvm.js';
import { createRandom } from '../helpers/random.js';

const GUEST = 'guests/sample/sample.elf';
const MEMORY_BYTES = 2 * 1024 ** 2;
const LONGEST = fewer(60_000);
const MOMENTS = 4;
const SEED = 20_261_123;

for (const dirty of ['ring', 'log'] as const) {
  kvmTest(`memory from the trace is the guest's at random steps (dirty ${dirty})`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-memory-'));
    try {
      const random = createRandom(SEED);
      for (let i = 0; i < MOMENTS; i++) {
        const steps = 1 + random(LONGEST);
        const output = join(directory, `${i}.db`);
        const guest = loadGuest(GUEST, { memory: MEMORY_BYTES });
        const options: RecordOptions = {
          guest: GUEST,
          output,
          format: 'auto',
          memory: MEMORY_BYTES,
          force: false,
          dirty,
          fpu: true,
          maxSteps: steps,
          onOutput: () => undefined,
        };
        using machine = createMachine(guest, options);
        const msrIndices = machine.kvm.msrIndexList();
        const side = new SideState(machine.vcpu.registers, msrIndices, true);
        const devices = new PlatformDevices({
          portInput: new Uint8Array(),
          memorySize: MEMORY_BYTES,
          onOutput: () => undefined,
        });
        const header = traceHeader(guest, machine, side, options);
        const recorded = { machine, side, devices, header };
        const result = await recordMachine(recorded, options, (memory) => {
          markLoaded(guest, memory, machine);
        });
        t.is(result.steps, steps, result.detail);
        using trace = Trace.open(output);
        const state = trace.state(steps);
        for (const slot of machine.slots) {
          const { bytes } = state.readPhysical(slot.gpa, slot.size);
          const same = Buffer.compare(bytes, slot.bytes) === 0;
          t.true(same, `slot at 0x${slot.gpa.toString(16)}, step ${steps}`);
        }
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}
