/** Records what a script plays that was made of a trace: what comes out should be that trace. */
import { PAGE_BYTES } from '../../../src/base/page.js';
import { SideState } from '../../../src/capture/side-state.js';
import { imageMsrs } from '../../../src/machine/restore.js';
import { GUEST_META, metaOf } from '../../../src/recorder/fork.js';
import type { RecordResult } from '../../../src/recorder/options.js';
import { PlatformDevices } from '../../../src/recorder/platform-devices.js';
import { recordMachine } from '../../../src/recorder/record-machine.js';
import { REGISTERS } from '../../../src/trace/format/registers.js';
import { openTrace } from '../../../src/trace/read/open.js';
import type { TraceFile } from '../../../src/trace/read/trace-file.js';
import type { TraceHeader } from '../../../src/trace/write/header.js';
import { scriptedMachine } from './machine.js';
import { scriptOf, type Script } from './script.js';

/** What a recording begins with; the rest of `meta` is how it ended. */
const KEPT = [
  ...GUEST_META,
  ...['kernel', 'host', 'host_kvm', 'dirty_mode', 'snapshot_every', 'tool_version'],
];

/** Records the guest of the trace `from` once more, into `output`, without any KVM. */
export async function recordScripted(
  from: string,
  output: string,
  given?: Script,
): Promise<RecordResult> {
  const script = given ?? (await scriptOf(from));
  using trace = openTrace(from);
  using machine = scriptedMachine(trace, script);
  const portInput = trace.snapshots.portInput();
  const devices = new PlatformDevices({
    ...{ portInput, memorySize: Number(trace.meta.get('memory')), onOutput: () => undefined },
  });
  const msrs = imageMsrs(trace.snapshots.nearest(0)!.blobs).map(({ index }) => index);
  const hasFpu = trace.meta.get('fpu') !== 0n;
  const side = new SideState(machine.vcpu.registers, msrs, hasFpu);
  const header = headerOf(trace, output, [...REGISTERS, ...side.registers]);
  const isLimited = script.stopReason === 'max-steps' || script.stopReason === 'interrupted';
  return await recordMachine(
    { machine, side, devices, header },
    {
      ...{ output, force: true },
      snapshotEvery: Number(trace.meta.get('snapshot_every')),
      ...(isLimited ? { maxSteps: script.count } : {}),
    },
    ({ changed }) => {
      for (const { page } of trace.snapshots.pages(0)) {
        const gpa = page * PAGE_BYTES;
        const index = machine.slots.findIndex((s) => gpa >= s.gpa && gpa < s.gpa + s.size);
        changed[index]![(gpa - machine.slots[index]!.gpa) / PAGE_BYTES] = 1;
      }
    },
  );
}

function headerOf(
  trace: TraceFile,
  path: string,
  registers: TraceHeader['registers'],
): TraceHeader {
  return {
    path,
    meta: metaOf(trace, KEPT),
    slots: trace.memory.slots,
    symbols: trace.symbols.symbols,
    sourceLines: trace.sourceLines.all(),
    registers,
    portInput: trace.snapshots.portInput(),
    cpuid: trace.snapshots.cpuid(),
  };
}
