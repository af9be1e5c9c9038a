/** kvmtrace as a library: the KVM binding and the tracee API. */
export { KvmtraceError } from './errors.js';
export { SyscallError } from './kvm/libc.js';
export { Kvm } from './kvm/kvm.js';
export { Vm, type IoEvent, type UserMemoryRegion } from './kvm/vm.js';
export { Vcpu } from './kvm/vcpu.js';
export { RunPage, RUN_OFFSET } from './kvm/run-page.js';
export type { VcpuExit } from './kvm/exit.js';
export { DirtyRing } from './kvm/dirty-ring.js';
export { GuestMemory, type MemorySlot, type SlotOptions } from './kvm/guest-memory.js';
export { CAP, type Capability } from './kvm/abi/capability.js';

export { Tracee, type Debug, type TraceeOptions } from './kvm/seed/tracee.js';
export { TraceeExitedError } from './kvm/seed/tracee-exited-error.js';
export type { PtraceRegs } from './kvm/seed/ptrace-regs.js';
export type { SigInfo } from './kvm/seed/sig-info.js';
export { CPUIDEntry, CPUIDInfo } from './kvm/seed/cpuid.js';
export { CreateRegion, MemoryRegion, Region, UserRegion } from './kvm/seed/regions.js';
export { ClearDirtyLog, DirtyLog } from './kvm/seed/dirty-log.js';
export {
  DebugControl,
  SetSignalMask,
  TPRAccessCtl,
  Translate,
  VAPICAddr,
} from './kvm/seed/vcpu-structs.js';
export { IOEventFD } from './kvm/seed/io-event-fd.js';
export { VMRun } from './kvm/seed/vm-run.js';
export * from './kvm/seed/exit.js';
export * from './kvm/seed/constants.js';
export { KVM_API_VERSION as APIVersion } from './kvm/open-error.js';
export { KVMIO } from './kvm/abi/ioctl.js';
