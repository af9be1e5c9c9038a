import type { ExecutionContext } from 'ava';
import { SYNC_X86 } from '../../src/kvm/abi/run.js';
import { GuestMemory, type MemorySlot } from '../../src/kvm/guest-memory.js';
import type { KvmHost } from '../../src/kvm/host/host.js';
import { Kvm } from '../../src/kvm/kvm.js';
import type { Vcpu } from '../../src/kvm/vcpu.js';
import type { Vm } from '../../src/kvm/vm.js';

export const CODE_GPA = 0x1000;

/** A VM with 1 MiB of RAM and a vCPU in real mode at 0:0x1000, stack at 0:0x8000. */
export interface RealMode {
  readonly kvm: Kvm;
  readonly vm: Vm;
  readonly memory: GuestMemory;
  readonly ram: MemorySlot;
  readonly vcpu: Vcpu;
}

export function realMode(
  t: ExecutionContext,
  program: Uint8Array,
  options: {
    readonly host?: KvmHost;
    readonly dirty?: 'ring' | 'log';
    readonly beforeVcpu?: (vm: Vm) => void;
  } = {},
): RealMode {
  const kvm = Kvm.open(options.host);
  t.teardown(() => {
    kvm.close();
  });
  const vm = kvm.createVm();
  vm.setTssAddress(0xfffb_d000);
  if (options.dirty === 'ring') vm.enableDirtyRing(4096);
  options.beforeVcpu?.(vm);
  const memory = new GuestMemory(vm);
  const ram = memory.add({ gpa: 0, size: 1 << 20, logDirty: options.dirty !== undefined });
  memory.write(CODE_GPA, program);
  const vcpu = vm.createVcpu(0);
  vcpu.setCpuid2(kvm.supportedCpuid());
  const sregs = vcpu.getSregs();
  sregs.cs.assign({ base: 0n, selector: 0 });
  vcpu.setSregs(sregs);
  const regs = vcpu.getRegs();
  regs.assign({ rip: BigInt(CODE_GPA), rsp: 0x8000n, rflags: 2n });
  vcpu.setRegs(regs);
  vcpu.run.validRegs = SYNC_X86.KVM_SYNC_X86_REGS | SYNC_X86.KVM_SYNC_X86_SREGS;
  return { kvm, vm, memory, ram, vcpu };
}
