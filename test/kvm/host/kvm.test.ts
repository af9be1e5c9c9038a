/** The system calls of KVM through the emulated host, as they are without it. */
import { enter } from './enter.js';
import { constants } from 'node:os';
import type { ExecutionContext } from 'ava';
import { CAP } from '../../../src/kvm/abi/capability.js';
import { GUESTDBG } from '../../../src/kvm/abi/debug.js';
import { KVM_CREATE_VM, KVM_GET_API_VERSION, KVM_GET_REGS } from '../../../src/kvm/abi/ioctl.js';
import { IOEVENTFD_FLAG } from '../../../src/kvm/abi/memory.js';
import { SyscallError } from '../../../src/kvm/libc.js';
import { code } from '../guest-code.js';
import { realMode } from '../real-mode.js';
import { emulatedTest, sharedHost } from './emulated-test.js';

const EINTR = -constants.errno.EINTR;
const SINGLE_STEP = GUESTDBG.KVM_GUESTDBG_ENABLE | GUESTDBG.KVM_GUESTDBG_SINGLESTEP;
const FOREVER = code`eb fe  jmp $`;

const machine = (t: ExecutionContext, program: Uint8Array, options = {}) =>
  realMode(t, program, { host: sharedHost(), ...options });

emulatedTest('it says what it is', (t) => {
  const host = sharedHost();
  const { kind, kernel, modules, detail } = host.describe();
  t.deepEqual([kind, modules], ['emulated', ['kvm_amd']]);
  t.regex(kernel, /^\d+\.\d+/);
  t.regex(detail!, /^QEMU \d+\.\d+(\.\d+)?, npt=1$/);
});

emulatedTest('what the kernel refuses has the name and the number that it has anywhere', (t) => {
  const host = sharedHost();
  const refused = (call: () => unknown) => {
    const { code: name, errno, message } = t.throws(call, { instanceOf: SyscallError });
    t.true(message.includes(name), message);
    return [name, errno];
  };
  const kvm = host.open();
  const VM_TYPE = 77;
  t.deepEqual(
    refused(() => host.ioctl(12345, KVM_GET_API_VERSION)),
    ['EBADF', 9],
  );
  t.deepEqual(
    refused(() => host.ioctl(kvm, KVM_CREATE_VM, VM_TYPE)),
    ['EINVAL', 22],
  );
  t.deepEqual(
    refused(() => host.ioctl(kvm, { name: 'NO_SUCH', number: 0x1234 })),
    ['EINVAL', 22],
  );
  const vm = host.ioctl(kvm, KVM_CREATE_VM, 0);
  t.deepEqual(
    refused(() => host.ioctl(vm, KVM_GET_REGS, new Uint8Array(256))),
    ['ENOTTY', 25],
  );
  host.close(vm);
  host.close(kvm);
  t.deepEqual(
    refused(() => host.ioctl(kvm, KVM_GET_API_VERSION)),
    ['EBADF', 9],
  );
});

emulatedTest('capabilities', (t) => {
  const { kvm, vm } = machine(t, FOREVER);
  t.is(kvm.checkExtension(CAP.KVM_CAP_USER_MEMORY), 1);
  t.true(vm.checkExtension(CAP.KVM_CAP_DIRTY_LOG_RING) >= 4096);
  t.is(kvm.checkExtension(CAP.KVM_CAP_IMMEDIATE_EXIT), 1);
});

emulatedTest('ports, memory that is a device, and HLT', (t) => {
  const { vcpu } = machine(
    t,
    code`
    b8 ff ff        mov ax, 0xffff
    8e d8           mov ds, ax
    e6 80           out 0x80, al
    e5 81           in ax, 0x81
    c6 06 10 10 55  mov byte [0x1010], 0x55   ; gpa 0x101000, above the RAM
    a0 12 10        mov al, [0x1012]
    fe 06 14 10     inc byte [0x1014]
    f4              hlt
  `,
  );
  const next = () => {
    t.is(enter(vcpu), 0);
    return vcpu.run.exit();
  };
  t.like(next(), { kind: 'io', direction: 'out', port: 0x80, data: Uint8Array.of(0xff) });
  t.like(next(), { kind: 'io', direction: 'in', port: 0x81, size: 2 });
  vcpu.run.ioData().set([0x34, 0x12]);
  const data = Uint8Array.of(0x55);
  t.like(next(), { kind: 'mmio', direction: 'write', gpa: 0x10_1000n, data });
  t.like(next(), { kind: 'mmio', direction: 'read', gpa: 0x10_1002n });
  vcpu.run.mmioData()[0] = 0x77;
  t.like(next(), { kind: 'mmio', direction: 'read', gpa: 0x10_1004n });
  t.is(vcpu.getRegs().rax & 0xffffn, 0x1277n);
  vcpu.run.mmioData()[0] = 0x41;
  t.like(next(), { kind: 'mmio', direction: 'write', gpa: 0x10_1004n, data: Uint8Array.of(0x42) });
  t.deepEqual(next(), { kind: 'hlt' });
});

const TWO_PAGES = code`
  a2 00 30  mov [0x3000], al
  a2 00 40  mov [0x4000], al
  f4        hlt
`;

emulatedTest('the dirty ring tells of written pages, as they are written', (t) => {
  const { vm, vcpu } = machine(t, TWO_PAGES, { dirty: 'ring' });
  vcpu.setGuestDebug(SINGLE_STEP);
  const pages = new Float64Array(32);
  const step = () => {
    t.is(enter(vcpu), 0);
    const count = vcpu.dirtyRing!.harvest(pages);
    vm.resetDirtyRings();
    return Array.from({ length: count }, (_, i) => pages[2 * i + 1]!);
  };
  const [first, second] = [step(), step()];
  t.true(first.includes(3) && !first.includes(4), first.join());
  t.true(second.includes(4) && !second.includes(3), second.join());
});

emulatedTest('the dirty log has a bit for each written page, and is cleared by reading', (t) => {
  const { vm, vcpu, ram } = machine(t, TWO_PAGES, { dirty: 'log' });
  const bitmap = new Uint8Array(ram.size / 4096 / 8);
  t.is(enter(vcpu), 0);
  vm.getDirtyLog(0, bitmap);
  t.is(bitmap[0]! & 0b11_1100, 0b01_1000);
  vm.getDirtyLog(0, bitmap);
  t.true(bitmap.every((byte) => byte === 0));
});

emulatedTest('an eventfd counts writes to a port', (t) => {
  const { vm, vcpu } = machine(
    t,
    code`
    e6 80  out 0x80, al
    e6 80  out 0x80, al
    e6 81  out 0x81, al
  `,
  );
  const { host } = vm;
  const fd = host.eventfd();
  vm.ioeventfd({ address: 0x80, length: 1, fd, flags: IOEVENTFD_FLAG.KVM_IOEVENTFD_FLAG_PIO });
  t.is(host.readEventfd(fd), 0n);
  t.is(enter(vcpu), 0);
  t.like(vcpu.run.exit(), { kind: 'io', port: 0x81 });
  t.is(host.readEventfd(fd), 2n);
  t.is(host.readEventfd(fd), 0n);
  host.close(fd);
});

emulatedTest('an MSR that a filter names exits, and others do not', (t) => {
  const SYSENTER_CS = 0x174;
  const { vcpu } = machine(
    t,
    code`
    66 b9 74 01 00 00  mov ecx, 0x174
    0f 32              rdmsr
    66 b9 75 01 00 00  mov ecx, 0x175
    0f 32              rdmsr
    f4                 hlt
  `,
    {
      beforeVcpu: (
        vm: Parameters<NonNullable<Parameters<typeof realMode>[2]>['beforeVcpu'] & {}>[0],
      ) => {
        vm.enableCapability(CAP.KVM_CAP_X86_USER_SPACE_MSR, [4n]);
        vm.setMsrFilter({
          byDefault: 'allow',
          ranges: [
            { flags: 1, base: SYSENTER_CS, count: 1 },
            { flags: 1, base: 0xc000_0080, count: 1 },
          ],
        });
      },
    },
  );
  t.is(enter(vcpu), 0);
  t.like(vcpu.run.exit(), { kind: 'rdmsr', index: SYSENTER_CS });
  t.is(enter(vcpu), 0);
  t.deepEqual(vcpu.run.exit(), { kind: 'hlt' });
});

emulatedTest('ticks interrupt a guest that runs on, and immediate exit needs none', (t) => {
  const { vcpu, vm } = machine(t, FOREVER);
  vcpu.run.immediateExit = true;
  t.is(vcpu.enter(), EINTR);
  vcpu.run.immediateExit = false;
  const ticks = vm.host.startTicks();
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    t.is(vcpu.enter(), EINTR);
    t.true(performance.now() - start < 500, `${performance.now() - start} ms`);
  }
  t.is(vcpu.getRegs().rip, 0x1000n);
  ticks[Symbol.dispose]();
  vcpu.run.immediateExit = true;
  t.is(vcpu.enter(), EINTR);
});

emulatedTest('without ticks a guest is not interrupted before it exits by itself', (t) => {
  // Some 0.3 s at least: longer than a tick of the agent's timer.
  const { vcpu } = machine(
    t,
    code`
    66 b9 00 00 00 08  mov ecx, 0x08000000
    67 e2 fd           loop $ (ecx)
    f4                 hlt
  `,
  );
  t.is(enter(vcpu), 0);
  t.deepEqual(vcpu.run.exit(), { kind: 'hlt' });
});
