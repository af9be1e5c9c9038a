import { constants } from 'node:os';
import { CAP } from '../../src/kvm/abi/capability.js';
import { KvmtraceError } from '../../src/base/errors.js';
import { SyscallError } from '../../src/kvm/libc.js';
import { Enable, SingleStep } from '../../src/tracee/constants.js';
import { CPUIDInfo } from '../../src/tracee/cpuid.js';
import { ClearDirtyLog, DirtyLog } from '../../src/tracee/dirty-log.js';
import { IOEventFD } from '../../src/tracee/io-event-fd.js';
import { CreateRegion, MemoryRegion, Region } from '../../src/tracee/regions.js';
import {
  DebugControl,
  SetSignalMask,
  TPRAccessCtl,
  VAPICAddr,
} from '../../src/tracee/vcpu-structs.js';
import { knownFailureOfQemu, kvmTest, NO_BREAKPOINTS } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';
import { code } from '../kvm/guest-code.js';
import { openTracee, prepare, run, START } from './open.js';

kvmTest('an ioctl that kernels no longer have is named in the error', (t) => {
  const tracee = openTracee(t);
  const gone = (call: () => void) => {
    const error = t.throws(call, { instanceOf: KvmtraceError });
    t.is(error.exitCode, 3);
    t.true(isOneSentence(error.message), error.message);
    return error.message;
  };
  const fields = { slot: 9, gpa: 0x8000_0000, size: 4096 };
  t.regex(
    gone(() => {
      tracee.setMemoryRegion(new MemoryRegion(fields));
    }),
    /does not have KVM_SET_MEMORY_REGION/,
  );
  t.regex(
    gone(() => {
      tracee.createMemoryRegion(new CreateRegion(fields));
    }),
    /does not have KVM_CREATE_MEMORY_REGION/,
  );
});

kvmTest('what KVM refuses begins with the name of the ioctl', (t) => {
  const tracee = openTracee(t);
  const vapic = t.throws(
    () => {
      tracee.setVapicAddr(new VAPICAddr({ addr: 0x1000 }));
    },
    { instanceOf: SyscallError },
  );
  t.regex(vapic.message, /^KVM_SET_VAPIC_ADDR: .*EINVAL/);
  const log = t.throws(
    () => {
      tracee.getDirtyLog(new DirtyLog({ slot: 0, bitmap: new Uint8Array(2 ** 16) }));
    },
    { instanceOf: SyscallError },
  );
  t.regex(log.message, /^KVM_GET_DIRTY_LOG: .*ENOENT/, 'slot 0 does not log');
});

kvmTest('a slot is made to log, and tells the page that was written', (t) => {
  const tracee = openTracee(t);
  const region = tracee.mem(new Uint8Array(0x10_0000), 0x8000_0000);
  const logging = region.toUserRegion();
  logging.flags = 1;
  tracee.setUserMemoryRegion(logging);
  const bitmap = new Uint8Array(0x10_0000 / 4096 / 8);
  const log = new DirtyLog({ slot: region.slot, bitmap });
  tracee.getDirtyLog(log);
  prepare(
    tracee,
    code`
    88 03  mov [rbx], al
    f4     hlt
  `,
    { rbx: 0x8000_3456n },
  );
  t.is(run(tracee), 'ExitHalt');
  tracee.getDirtyLog(log);
  t.deepEqual([...bitmap.subarray(0, 2)], [0b1000, 0]);
  tracee.getDirtyLog(log);
  t.is(bitmap[0], 0);
});

kvmTest('dirty bits are cleared by hand where that was asked for', (t) => {
  const tracee = openTracee(t);
  tracee.vm.enableCapability(CAP.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, [1n]);
  const region = tracee.mem(new Uint8Array(0x4_0000), 0x8000_0000);
  tracee.setUserMemoryRegion(Object.assign(region.toUserRegion(), { flags: 1 }));
  prepare(
    tracee,
    code`
    88 03  mov [rbx], al
    f4     hlt
  `,
    { rbx: 0x8000_5000n },
  );
  t.is(run(tracee), 'ExitHalt');
  const bitmap = new Uint8Array(8);
  const log = new DirtyLog({ slot: region.slot, bitmap });
  tracee.getDirtyLog(log);
  tracee.getDirtyLog(log);
  t.is(bitmap[0], 0b10_0000, 'still dirty');
  tracee.clearDirtyLog(
    new ClearDirtyLog({ slot: region.slot, numPages: 64, firstPage: 0, bitmap }),
  );
  tracee.getDirtyLog(log);
  t.is(bitmap[0], 0);
});

kvmTest('a region encodes what KVM was told', (t) => {
  const tracee = openTracee(t);
  const [ram] = tracee.regions;
  const decoded = Region.decode(ram!.encode(), ram!.data);
  t.like(decoded, { slot: 0, flags: 0, gpa: 0n });
  t.is(ram!.toUserRegion().size, 0x8000_0000n);
  t.true(ram!.toUserRegion().userAddr > 0n);
});

kvmTest('translate follows the page tables', (t) => {
  const tracee = openTracee(t);
  t.like(tracee.translate(0x1234_5678), {
    linearAddress: 0x1234_5678n,
    physicalAddress: 0x1234_5678n,
    valid: 1,
  });
  t.is(tracee.translate(0x1_0000_0000n).valid, 0);
});

knownFailureOfQemu(NO_BREAKPOINTS, 'a breakpoint through the debug registers', (t) => {
  const tracee = openTracee(t);
  const USE_HW_BP = 0x2_0000;
  const control = Enable | USE_HW_BP;
  const debugreg = [START + 1n, 0n, 0n, 0n, 0n, 0n, 0n, 0x402n];
  prepare(
    tracee,
    code`
    90  nop
    90  nop
    f4  hlt
  `,
  );
  tracee.setGuestDebug(new DebugControl({ control, debugreg }));
  t.is(run(tracee), 'ExitDebug');
  t.is(tracee.getIPtr(), START + 1n);
  tracee.setGuestDebug(new DebugControl({ control: Enable | SingleStep }));
  t.is(run(tracee), 'ExitDebug');
  t.is(tracee.getIPtr(), START + 2n);
});

kvmTest('an eventfd is signalled instead of an exit', (t) => {
  const tracee = openTracee(t);
  const { host } = tracee.kvm;
  const fd = host.eventfd();
  t.teardown(() => {
    host.close(fd);
  });
  const PORT_IO = 2;
  tracee.ioEventFD(new IOEventFD({ addr: 0x80, len: 1, fd, flags: PORT_IO }));
  prepare(
    tracee,
    code`
    e6 80  out 0x80, al
    e6 80  out 0x80, al
    f4     hlt
  `,
  );
  t.is(run(tracee), 'ExitHalt');
  t.is(host.readEventfd(fd), 2n);
  t.is(host.readEventfd(fd), 0n);
});

kvmTest('CPUID can be set before the guest runs, and is what it then reads', (t) => {
  const tracee = openTracee(t);
  const leaves = tracee.getSupportedCpuid().entries;
  leaves.find((entry) => entry.function === 0)!.ebx = 0x1234_5678;
  tracee.setCpuid(new CPUIDInfo(leaves));
  prepare(
    tracee,
    code`
    31 c0  xor eax, eax
    0f a2  cpuid
    f4     hlt
  `,
  );
  t.is(run(tracee), 'ExitHalt');
  t.is(tracee.getRegs().rbx, 0x1234_5678n);
});

kvmTest('signal mask and TPR reporting are taken', (t) => {
  const tracee = openTracee(t);
  const sigset = new Uint8Array(8);
  sigset[(constants.signals.SIGUSR1 - 1) >> 3]! |= 1 << ((constants.signals.SIGUSR1 - 1) & 7);
  t.notThrows(() => {
    tracee.setSignalMask(new SetSignalMask({ sigset }));
  });
  t.notThrows(() => {
    tracee.tprAccessReporting(new TPRAccessCtl({ enabled: 1 }));
  });
  const short = t.throws(() => {
    tracee.setSignalMask(new SetSignalMask({ sigset: sigset.subarray(4) }));
  });
  t.regex(short.message, /^KVM_SET_SIGNAL_MASK/);
});
