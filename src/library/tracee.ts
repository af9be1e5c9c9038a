/**
 * `kvmtrace/tracee`: the API of the Go package that kvmtrace descends from (linuxboot/voodoo, trace/kvm).
 * Needs Linux on x86-64.
 */
export { Tracee, type Debug, type TraceeOptions } from '../tracee/tracee.js';
export { TraceeExitedError } from '../tracee/tracee-exited-error.js';
export type { PtraceRegs } from '../tracee/ptrace-regs.js';
export type { SigInfo } from '../tracee/sig-info.js';
export { CPUIDEntry, CPUIDInfo } from '../tracee/cpuid.js';
export { CreateRegion, MemoryRegion, Region, UserRegion } from '../tracee/regions.js';
export { ClearDirtyLog, DirtyLog } from '../tracee/dirty-log.js';
export {
  DebugControl,
  SetSignalMask,
  TPRAccessCtl,
  Translate,
  VAPICAddr,
} from '../tracee/vcpu-structs.js';
export { IOEventFD } from '../tracee/io-event-fd.js';
export { VMRun } from '../tracee/vm-run.js';
export * from '../tracee/exit.js';
export * from '../tracee/constants.js';
export { KVM_API_VERSION as APIVersion } from '../kvm/open-error.js';
export { KVMIO } from '../kvm/abi/ioctl.js';
