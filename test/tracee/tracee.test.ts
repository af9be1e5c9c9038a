import { KvmtraceError } from '../../src/base/errors.js';
import { Tracee } from '../../src/tracee/tracee.js';
import { TraceeExitedError } from '../../src/tracee/tracee-exited-error.js';
import { ClearDirtyLog, DirtyLog } from '../../src/tracee/dirty-log.js';
import { IOEventFD } from '../../src/tracee/io-event-fd.js';
import { CreateRegion, MemoryRegion, UserRegion } from '../../src/tracee/regions.js';
import {
  DebugControl,
  SetSignalMask,
  TPRAccessCtl,
  VAPICAddr,
} from '../../src/tracee/vcpu-structs.js';
import { CPUIDInfo } from '../../src/tracee/cpuid.js';
import { kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';
import { openTracee, run } from './open.js';

kvmTest('open gives a guest that says which device and files it is', (t) => {
  const tracee = openTracee(t);
  const [, device, kvmfd, vmfd, vcpufd] = /^(.*)\(kvmfd (\d+), vmfd (\d+), vcpufd (\d+)\)$/.exec(
    tracee.toString(),
  )!;
  t.is(device, tracee.kvm.device);
  t.true(device!.startsWith('/dev/kvm'));
  t.deepEqual([kvmfd, vmfd, vcpufd].map(Number), [tracee.kvm.fd, tracee.vm.fd, tracee.vcpu.fd]);
  t.is(tracee.pid, 0);
});

kvmTest('a device that is not there is one sentence', (t) => {
  const error = t.throws(() => Tracee.open({ device: '/dev/no-kvm' }), {
    instanceOf: KvmtraceError,
  });
  t.is(error.exitCode, 3);
  t.true(isOneSentence(error.message));
  t.throws(() => Tracee.attach(1), { message: /cannot attach to process 1/ });
});

kvmTest('after open the machine is in 64-bit mode at 0x100000', (t) => {
  const tracee = openTracee(t);
  t.like(tracee.getRegs(), { rip: 0x10_0000n, rsp: 0x20_0000n, eflags: 2n, cs: 8n, ss: 16n });
  t.is(tracee.getIPtr(), 0x10_0000n);
  const sregs = tracee.vcpu.getSregs();
  t.is(sregs.cs.l, 1);
  t.is(sregs.cr3, 0xffff_0000n);
  t.is(sregs.efer & 0x500n, 0x500n, 'LME and LMA');
  t.is(sregs.cr4 & 0x20n, 0x20n, 'PAE');
});

kvmTest('CPUID is what KVM supports, without the id of a host CPU', (t) => {
  const tracee = openTracee(t);
  const given = tracee.getCpuid().entries;
  const supported = tracee.getSupportedCpuid().entries;
  // KVM drops leaves that are all zero (seen: AMX's under PVM).
  const kept = supported.filter(
    ({ function: leaf, eax, ebx, ecx, edx }) =>
      (eax | ebx | ecx | edx) !== 0 || given.some((entry) => entry.function === leaf),
  );
  t.deepEqual(
    given.map((entry) => entry.function),
    kept.map((entry) => entry.function),
  );
  t.is(given.find((entry) => entry.function === 1)!.ebx >>> 24, 0);
});

kvmTest('vCPU 0 is there; others are created when named, and one goes to and fro', (t) => {
  const tracee = openTracee(t);
  tracee.newProc(0);
  t.is(tracee.pid, 0);
  tracee.setRegs({ rax: 1n });
  tracee.newProc(2);
  t.is(tracee.pid, 2);
  t.like(tracee.getRegs(), { rax: 0n, rip: 0x10_0000n, cs: 8n });
  t.is(run(tracee), 'ExitHalt');
  t.is(tracee.getIPtr(), 0x10_0001n);
  tracee.newProc(0);
  t.like(tracee.getRegs(), { rax: 1n, rip: 0x10_0000n });
  tracee.newProc(2);
  t.is(tracee.getIPtr(), 0x10_0001n);
  const error = t.throws(
    () => {
      tracee.newProc(-1);
    },
    { instanceOf: KvmtraceError },
  );
  t.true(isOneSentence(error.message), error.message);
});

kvmTest('debug is told of every exit, and may be replaced', (t) => {
  const lines: string[] = [];
  const tracee = openTracee(t, {
    debug: (format, ...args) => lines.push(`${format} ${String(args[0])}`),
  });
  tracee.run();
  t.deepEqual(lines, ['%s at %s: %s ExitHalt']);
  tracee.debug = () => undefined;
  tracee.run();
  t.is(lines.length, 1);
});

kvmTest('every use after close throws, closing again does not', (t) => {
  const tracee = Tracee.open();
  tracee.close();
  const bitmap = new Uint8Array(8);
  const uses: (() => unknown)[] = [
    () => {
      tracee.newProc(0);
    },
    () => {
      tracee.run();
    },
    () => {
      tracee.singleStep(true);
    },
    () => tracee.event(),
    () => tracee.getSigInfo(),
    () => tracee.exit(),
    () => tracee.getIPtr(),
    () => tracee.getRegs(),
    () => {
      tracee.setRegs({});
    },
    () => tracee.pid,
    () => tracee.tab,
    () => tracee.regions,
    () => tracee.kvm,
    () => tracee.vm,
    () => tracee.vcpu,
    () => tracee.read(0, 1),
    () => {
      tracee.write(0, bitmap);
    },
    () => tracee.readWord(0),
    () => {
      tracee.writeWord(0, 0n);
    },
    () => tracee.mem(new Uint8Array(4096), 0x1_0000_0000),
    () => {
      tracee.setMemoryRegion(new MemoryRegion());
    },
    () => {
      tracee.createMemoryRegion(new CreateRegion());
    },
    () => {
      tracee.setUserMemoryRegion(new UserRegion());
    },
    () => {
      tracee.getDirtyLog(new DirtyLog({ bitmap }));
    },
    () => {
      tracee.clearDirtyLog(new ClearDirtyLog({ bitmap }));
    },
    () => {
      tracee.ioEventFD(new IOEventFD());
    },
    () => tracee.translate(0),
    () => {
      tracee.setGuestDebug(new DebugControl());
    },
    () => {
      tracee.setSignalMask(new SetSignalMask());
    },
    () => {
      tracee.tprAccessReporting(new TPRAccessCtl());
    },
    () => {
      tracee.setVapicAddr(new VAPICAddr());
    },
    () => tracee.getSupportedCpuid(),
    () => tracee.getCpuid(),
    () => {
      tracee.setCpuid(new CPUIDInfo());
    },
    () => tracee.vmRun(),
  ];
  for (const use of uses) {
    t.throws(use, { instanceOf: TraceeExitedError, message: /^tracee exited/ }, use.toString());
  }
  t.notThrows(() => {
    tracee.close();
    tracee.detach();
  });
  t.regex(tracee.toString(), /^\/dev\/kvm( of the emulated host)?\(exited\)$/);
});

kvmTest('detach ends the guest too, as does the end of a using block', (t) => {
  const detached = Tracee.open();
  detached.detach();
  t.throws(() => detached.pid, { instanceOf: TraceeExitedError });
  let left: Tracee;
  {
    using tracee = Tracee.open();
    left = tracee;
  }
  t.throws(() => left.pid, { instanceOf: TraceeExitedError });
});
