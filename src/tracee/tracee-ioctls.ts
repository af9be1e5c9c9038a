import {
  KVM_CLEAR_DIRTY_LOG,
  KVM_GET_DIRTY_LOG,
  KVM_IOEVENTFD,
  KVM_SET_GUEST_DEBUG,
  KVM_SET_MEMORY_REGION,
  KVM_SET_SIGNAL_MASK,
  KVM_SET_USER_MEMORY_REGION,
  KVM_SET_VAPIC_ADDR,
  KVM_TPR_ACCESS_REPORTING,
  KVM_TRANSLATE,
} from '../kvm/abi/ioctl.js';
import type { Kvm } from '../kvm/kvm.js';
import type { Vcpu } from '../kvm/vcpu.js';
import type { Vm } from '../kvm/vm.js';
import { Enable, SingleStep } from './constants.js';
import { CPUIDInfo } from './cpuid.js';
import type { ClearDirtyLog, DirtyLog } from './dirty-log.js';
import type { IOEventFD } from './io-event-fd.js';
import { kernelCall } from './kernel-call.js';
import type { CreateRegion, MemoryRegion, UserRegion } from './regions.js';
import { DebugControl, Translate } from './vcpu-structs.js';
import type { SetSignalMask, TPRAccessCtl, VAPICAddr } from './vcpu-structs.js';
import { VMRun } from './vm-run.js';

/** The older name of the request, which <linux/kvm.h> still has in a comment. */
const KVM_CREATE_MEMORY_REGION = { ...KVM_SET_MEMORY_REGION, name: 'KVM_CREATE_MEMORY_REGION' };

/**
 * A method for each struct, which issues its ioctl on the tracee's VM or current vCPU. All throw
 * a TraceeExitedError after close, a SyscallError that begins with the ioctl's name when KVM
 * refuses, and a KvmtraceError that names the ioctl where the running kernel does not have it.
 */
export abstract class TraceeIoctls {
  abstract readonly kvm: Kvm;
  abstract readonly vm: Vm;
  abstract readonly vcpu: Vcpu;

  /** KVM_SET_MEMORY_REGION: memory that the kernel provides. Current kernels do not have it. */
  setMemoryRegion(region: MemoryRegion): void {
    kernelCall(this.vm, KVM_SET_MEMORY_REGION, region.encode());
  }

  /** KVM_CREATE_MEMORY_REGION: as KVM_SET_MEMORY_REGION. Current kernels do not have it. */
  createMemoryRegion(region: CreateRegion): void {
    kernelCall(this.vm, KVM_CREATE_MEMORY_REGION, region.encode());
  }

  /** KVM_SET_USER_MEMORY_REGION. `read` and `write` see only memory that `mem` added. */
  setUserMemoryRegion(region: UserRegion): void {
    kernelCall(this.vm, KVM_SET_USER_MEMORY_REGION, region.encode());
  }

  /** KVM_GET_DIRTY_LOG into the log's bitmap; the slot needs flag 1. Clears the log. */
  getDirtyLog(log: DirtyLog): void {
    kernelCall(this.vm, KVM_GET_DIRTY_LOG, log.encode());
  }

  /** KVM_CLEAR_DIRTY_LOG, after KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 has been enabled. */
  clearDirtyLog(log: ClearDirtyLog): void {
    kernelCall(this.vm, KVM_CLEAR_DIRTY_LOG, log.encode());
  }

  /** KVM_IOEVENTFD. */
  ioEventFD(event: IOEventFD): void {
    kernelCall(this.vm, KVM_IOEVENTFD, event.encode());
  }

  /** KVM_TRANSLATE: where the guest's page tables lead. Sets Accessed bits in them. */
  translate(linearAddress: bigint | number): Translate {
    const bytes = new Translate({ linearAddress }).encode();
    kernelCall(this.vcpu, KVM_TRANSLATE, bytes);
    return Translate.decode(bytes);
  }

  /** KVM_SET_GUEST_DEBUG. */
  setGuestDebug(debug: DebugControl): void {
    kernelCall(this.vcpu, KVM_SET_GUEST_DEBUG, debug.encode());
  }

  /** Whether `run` stops after each instruction. */
  singleStep(on: boolean): void {
    this.setGuestDebug(new DebugControl({ control: on ? Enable | SingleStep : 0 }));
  }

  /** KVM_SET_SIGNAL_MASK. */
  setSignalMask(mask: SetSignalMask): void {
    kernelCall(this.vcpu, KVM_SET_SIGNAL_MASK, mask.encode());
  }

  /** KVM_TPR_ACCESS_REPORTING. */
  tprAccessReporting(control: TPRAccessCtl): void {
    kernelCall(this.vcpu, KVM_TPR_ACCESS_REPORTING, control.encode());
  }

  /** KVM_SET_VAPIC_ADDR: refused without an in-kernel APIC, which a tracee does not have. */
  setVapicAddr(address: VAPICAddr): void {
    kernelCall(this.vcpu, KVM_SET_VAPIC_ADDR, address.encode());
  }

  /** KVM_GET_SUPPORTED_CPUID: what KVM can give a guest. */
  getSupportedCpuid(): CPUIDInfo {
    return CPUIDInfo.fromKernel(this.kvm.supportedCpuid());
  }

  /** KVM_GET_CPUID2: what the current vCPU has. */
  getCpuid(): CPUIDInfo {
    return CPUIDInfo.fromKernel(this.vcpu.getCpuid2());
  }

  /** KVM_SET_CPUID2, before the vCPU first runs. */
  setCpuid(info: CPUIDInfo): void {
    this.vcpu.setCpuid2(info.entries.map((entry) => entry.toKernel()));
  }

  /** The head of the page that the current vCPU shares with KVM. */
  vmRun(): VMRun {
    return VMRun.decode(this.vcpu.run.bytes);
  }
}
