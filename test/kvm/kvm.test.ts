import { tmpdir } from 'node:os';
import test from 'ava';
import { KvmtraceError } from '../../src/base/errors.js';
import { CAP } from '../../src/kvm/abi/capability.js';
import { LocalHost } from '../../src/kvm/host/local.js';
import { Kvm } from '../../src/kvm/kvm.js';
import { SyscallError } from '../../src/kvm/libc.js';
import { checkApiVersion, createError, openError } from '../../src/kvm/open-error.js';
import { kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';

const EACCES = 13;
const EBUSY = 16;

function message(t: { true: (value: boolean) => void }, error: KvmtraceError | undefined): string {
  t.true(error instanceof KvmtraceError && error.exitCode === 3);
  t.true(isOneSentence(error!.message));
  return error!.message;
}

test('a device that is not there, is no device or is not KVM is one sentence each', (t) => {
  const open = (device: string) => t.throws<KvmtraceError>(() => Kvm.open(new LocalHost(device)));
  t.regex(
    message(t, open('/dev/no-kvm')),
    /^\/dev\/no-kvm is missing: .*usually \/dev\/kvm; traces can be read/,
  );
  t.regex(message(t, open('/dev/null')), /^\/dev\/null is not a KVM device.*device/);
  t.regex(message(t, open(tmpdir())), /cannot be opened \(EISDIR\)/);
});

test('a device that is not permitted or busy says what to do', (t) => {
  const denied = openError('/dev/kvm', new SyscallError('open', EACCES));
  t.regex(message(t, denied), /(usermod -aG|--group-add|log in again|chgrp)/);
  t.regex(message(t, openError('/dev/kvm', new SyscallError('open', EBUSY))), /busy/);
  const inUse = createError('/dev/kvm', new SyscallError('KVM_CREATE_VM', EBUSY));
  t.regex(message(t, inUse), /another hypervisor.*EBUSY/);
  t.is(inUse.cause instanceof SyscallError, true);
});

test('other errors are passed on as they are', (t) => {
  const bug = new TypeError('a bug');
  t.throws(() => openError('/dev/kvm', bug), { is: bug });
});

test('any version of the API but 12 is refused', (t) => {
  for (const version of [0, 11, 13]) {
    const error = t.throws<KvmtraceError>(() => {
      checkApiVersion('/dev/kvm', version);
    });
    t.regex(message(t, error), new RegExp(`version ${version} of the KVM API`));
  }
  t.notThrows(() => {
    checkApiVersion('/dev/kvm', 12);
  });
});

kvmTest('the device tells what it can do', (t) => {
  using kvm = Kvm.open();
  t.true(kvm.fd > 2);
  t.is(kvm.checkExtension(CAP.KVM_CAP_USER_MEMORY), 1);
  t.true(kvm.vcpuMmapSize >= 4096);
  const leaf0 = kvm.supportedCpuid().find((entry) => entry.function === 0);
  t.true(leaf0!.eax >= 1);
  t.true(kvm.msrIndexList().includes(0x10), 'IA32_TIME_STAMP_COUNTER');
  t.notThrows(() => kvm.emulatedCpuid());
});

kvmTest('closing closes the VMs and their vCPUs, and again is harmless', (t) => {
  const kvm = Kvm.open();
  const vm = kvm.createVm();
  const vcpu = vm.createVcpu(0);
  const order: string[] = [];
  vm.own({ [Symbol.dispose]: () => order.push('first given') });
  vm.own({ [Symbol.dispose]: () => order.push('last given') });
  kvm.close();
  t.deepEqual([kvm.fd, vm.fd, vcpu.fd], [-1, -1, -1]);
  t.deepEqual(order, ['last given', 'first given']);
  t.notThrows(() => {
    kvm.close();
    vm.close();
    vcpu.close();
  });
  t.throws(() => vcpu.getRegs(), { instanceOf: SyscallError, message: /^KVM_GET_REGS: .*EBADF/ });
  t.is(vcpu.run.exitReason, 0);
});
