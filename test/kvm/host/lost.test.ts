/** The machine goes away under the host: one sentence, soon, and closing still works. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { KvmtraceError } from '../../../src/base/errors.js';
import { CAP } from '../../../src/kvm/abi/capability.js';
import { EmulatedHost } from '../../../src/kvm/host/emulated/host.js';
import { EmulatedMachine } from '../../../src/kvm/host/emulated/machine.js';
import { findParts } from '../../../src/kvm/host/emulated/parts.js';
import { blocking } from '../../../src/kvm/host/emulated/waiting.js';
import { GuestMemory } from '../../../src/kvm/guest-memory.js';
import { Kvm } from '../../../src/kvm/kvm.js';
import { SideState } from '../../../src/capture/side-state.js';
import { loadGuest } from '../../../src/guest/formats/load.js';
import { chooseHost, decideHost, startHost } from '../../../src/kvm/host/choose.js';
import { createMachine } from '../../../src/recorder/boot-machine.js';
import { PlatformDevices } from '../../../src/recorder/platform-devices.js';
import { recordGuest } from '../../../src/recorder/record.js';
import { recordMachine } from '../../../src/recorder/record-machine.js';
import { traceHeader } from '../../../src/recorder/header.js';
import { writeGuest } from '../../helpers/guest.js';
import { isOneSentence } from '../../helpers/sentence.js';
import { temporaryDirectory } from '../../helpers/temporary.js';
import { emulatedTest } from './emulated-test.js';
import { scripted, said } from './processes.js';

const SYS_EXIT = 60;
const NPT = { npt: true };
const HALTING = { mode: 'real', listing: '7c00  90  nop\n7c01  f4  hlt' } as const;
/** A look is taken every 50 ms; the rest is for what else this machine does. */
const SOON_MS = 2000;

function lost(t: ExecutionContext, use: () => unknown): string {
  const start = performance.now();
  const error = t.throws(use, { instanceOf: KvmtraceError });
  t.is(error.exitCode, 3);
  t.true(isOneSentence(error.message), error.message);
  t.true(performance.now() - start < SOON_MS, `${performance.now() - start} ms`);
  return error.message;
}

emulatedTest('the kernel inside panics when the agent ends', (t) => {
  using machine = blocking(EmulatedMachine.boot(NPT, findParts()));
  t.false(machine.isGone);
  t.regex(
    lost(t, () => machine.call(SYS_EXIT, 0)),
    /^QEMU, which is the emulated machine, has ended \(.*(panic|reboot).*\)/i,
  );
  t.true(machine.isGone);
  lost(t, () => machine.call(0, 0));
});

emulatedTest('a machine that was ended serves no more, and all can be closed', (t) => {
  const host = EmulatedHost.start(NPT);
  const kvm = Kvm.open(host);
  const vm = kvm.createVm();
  const memory = new GuestMemory(vm);
  const slot = memory.add({ gpa: 0, size: 0x10000 });
  const copied = memory.add({ gpa: 0x1000_0000, size: 0x80_0000, fill: Uint8Array.of(1) });
  slot.bytes[0] = 7;
  vm.createVcpu(0);
  host[Symbol.dispose]();
  t.true(host.isGone);
  t.regex(
    lost(t, () => kvm.checkExtension(CAP.KVM_CAP_USER_MEMORY)),
    /has been ended/,
  );
  t.notThrows(() => {
    kvm.close();
    host[Symbol.dispose]();
  });
  t.is(slot.bytes[0], 0);
  t.is(copied.bytes[0], 0);
});

emulatedTest('QEMU killed while nothing is asked of it', async (t) => {
  const program = scripted(`
    process.on('SIGUSR2', () => {
      try { host.open(); console.log('opened'); }
      catch (error) { console.log(error.name, error.exitCode, error.message); process.exit(); }
    });
    setInterval(() => undefined, 1000);
  `);
  await said(program, 'ready');
  process.kill(await program.qemu(), 'SIGKILL');
  program.process.kill('SIGUSR2');
  t.is(await program.ended, 0, program.stderr);
  const [, line] = program.stdout.split('\n');
  t.regex(line!, /^KvmtraceError 3 QEMU, which is the emulated machine, has ended/);
  t.deepEqual(await program.leftAfter(1000), []);
});

emulatedTest('a kernel that does not boot', (t) => {
  const parts = findParts();
  const image = join(temporaryDirectory(), 'vmlinuz');
  writeFileSync(image, Buffer.alloc(1 << 20));
  const message = lost(t, () =>
    EmulatedHost.start(NPT, { ...parts, kernel: { ...parts.kernel, image } }),
  );
  t.regex(message, /^QEMU, which is the emulated machine, has ended \(.+\)/);
});

emulatedTest('who asks for a machine at the same time gets the same', async (t) => {
  const decision = decideHost({ host: 'emulated' });
  const [one, two] = await Promise.all([startHost(decision), startHost(decision)]);
  t.is(one, two);
  t.false(one.isGone);
});

emulatedTest('a machine lost before the first step leaves no trace, and no thread', async (t) => {
  const directory = temporaryDirectory();
  const { loading } = writeGuest(HALTING, directory);
  const output = join(directory, 't.db');
  const host = EmulatedHost.start(NPT);
  const options = {
    ...{ ...loading, memory: 1 << 20, output, dirty: 'auto' as const, host },
    ...{ force: false, fpu: true, onOutput: () => undefined },
  };
  const loaded = loadGuest(loading.guest, { ...loading, memory: options.memory });
  using machine = createMachine(loaded, options, host);
  const devices = new PlatformDevices({
    ...{ portInput: new Uint8Array(), memorySize: options.memory, onOutput: () => undefined },
  });
  const msrIndices = machine.kvm.msrIndexList();
  const side = new SideState(machine.vcpu.registers, msrIndices, true);
  const header = traceHeader(loaded, machine, side, options);
  const recorded = { machine, side, devices, header };
  const { message } = await t.throwsAsync(
    recordMachine(recorded, options, () => {
      host[Symbol.dispose]();
    }),
    { instanceOf: KvmtraceError },
  );
  t.true(isOneSentence(message), message);
  t.false(existsSync(output));
  // The next one has another machine.
  const { stopReason } = await recordGuest({ ...options, host: chooseHost({ host: 'emulated' }) });
  t.is(stopReason, 'hlt');
});
