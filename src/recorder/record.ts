/** `kvmtrace record`: guest image in, trace out. */
import { SideState } from '../capture/side-state.js';
import { loadGuest } from '../guest/formats/load.js';
import { createMachine, markLoaded } from './boot-machine.js';
import { guestMsrs } from '../doctor/guest-msrs.js';
import { guestView } from './guest-view.js';
import { checkOutput, readInput } from './files.js';
import type { RecordOptions, RecordResult } from './options.js';
import { PlatformDevices } from './platform-devices.js';
import { recordMachine } from './record-machine.js';
import { traceHeader } from './header.js';

export type { RecordOptions, RecordResult } from './options.js';

/**
 * Records a guest until it stops, a limit is reached or `signal` is aborted.
 *
 * @throws KvmtraceError before anything is recorded; no file is left then, and none that was there
 * is lost
 */
export async function recordGuest(options: RecordOptions): Promise<RecordResult> {
  const guest = loadGuest(options.guest, {
    format: options.format,
    mode: options.mode,
    load: options.load,
    entry: options.entry,
    memorySize: options.memory,
    append: options.append,
    initrd: options.initrd,
    modules: options.modules,
    efiRoot: options.efiRoot,
    efiVars: options.efiVars,
  });
  const input = options.portInput === undefined ? new Uint8Array() : readInput(options.portInput);
  checkOutput(options);
  const host = typeof options.host === 'function' ? await options.host() : options.host;
  using machine = createMachine(guest, options, host);
  const devices = new PlatformDevices({
    portInput: input,
    memorySize: guest.layout.memorySize,
    firmware: guest.image.firmware,
    bios: guest.image.bios,
    onOutput: (bytes) => {
      options.onOutput(bytes);
    },
  });
  devices.attach(guestView(machine));
  const msrIndices = guestMsrs(machine.kvm);
  const side = new SideState(machine.vcpu.registers, msrIndices, options.fpu);
  const header = { ...traceHeader(guest, machine, side, options), portInput: input };
  return await recordMachine({ machine, side, devices, msrIndices, header }, options, (memory) => {
    markLoaded(guest, memory, machine);
  });
}
